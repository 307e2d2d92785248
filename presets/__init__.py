"""Ready-made launches, one .toml per preset. Data only; wizard.presets reads them."""
