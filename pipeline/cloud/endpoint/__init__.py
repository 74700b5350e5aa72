"""Models on a Vertex AI endpoint: versions, traffic, and the way back."""
