"""ROR: the national directory of offers and resources (Répertoire de l'offre et des ressources), written and read."""
