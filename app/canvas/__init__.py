"""The network diagram: scene, layout, painting, gestures."""
