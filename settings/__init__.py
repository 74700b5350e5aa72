"""Every setting: typed, frozen, validated; a leaf that anything may import."""
