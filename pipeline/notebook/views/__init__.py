"""What a notebook shows of artifacts: tables and pictures that need no network, no extension.

Tables are Markdown and pictures JPEG or PNG, which a rendered copy shows as well. TFDV's and TFMA's
own widgets fetch scripts from the network, or want an extension of Jupyter's past.
"""
