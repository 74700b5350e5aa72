"""The pipeline on Vertex AI and Kubeflow."""
