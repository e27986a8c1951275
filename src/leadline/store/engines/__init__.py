"""The warehouses that implement `leadline.store.engine.Engine`, one module each."""
