"""Pure rules of packs: reading a file, the engine of three-valued rules, checks, cases, differences."""
