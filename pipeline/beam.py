"""How Beam runs within a process."""

# By name: for the DirectRunner, Beam 2.74 first looks for its portable runner Prism, and would
# download it. The image, which is not used, tells TFX that no workers elsewhere need its code:
# without it, TFX packs itself for them before every component, which takes five seconds.
WITHIN_PROCESS = ("--runner=FnApiRunner", "--sdk_container_image=none")
