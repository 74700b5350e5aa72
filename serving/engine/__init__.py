"""From a picture and a request to the outpainted picture: pixels."""
