"""The window: draws records, turns gestures into edits. Names no concrete layer, loss, optimiser or dataset."""
