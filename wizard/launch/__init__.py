"""The launch flow as processes: started in order, owned, stopped. Not built yet."""
