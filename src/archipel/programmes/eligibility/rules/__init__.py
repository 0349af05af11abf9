"""Pure rules of eligibility: questions of a pack, sentences, what to do."""
