"""The page that an archive carries for whoever opens it: what it is, and how to check it without us."""

from __future__ import annotations

from archipel.programmes.proof.archive.signing import short

_TEXT = """ARCHIVE DE PREUVES
{title}
{subject}
Situation au {at}, telle que connue le {known}. Émise le {issued}.
{synthetic}
CE QU'ELLE CONTIENT
  manifest.json        ce que l'archive dit d'elle-même, et la liste de tous ses fichiers avec taille et SHA-256
  manifest.json.sig    signature Ed25519 (64 octets) de manifest.json
  exigences.json       chaque exigence, sa source, ce qui l'établit, son statut et ses motifs
  depots.json          pièces, décisions, déclarations, avec leurs dates (effet, validité, dépôt)
  mesures/*.json       chaque mesure en direct : définition, valeurs, nombre et empreinte des lignes utilisées
  mesures/*.sql        le texte de sa requête
  pieces/*             les fichiers déposés, nommés par leur SHA-256
  pack.yaml            la version du référentiel qui pose les exigences
  cle-publique.pem     la clé qui a signé (à comparer avec celle que l'établissement publie)
  sha256sums.txt       les empreintes, pour sha256sum

VÉRIFIER
Avec Archipel, sur n'importe quelle machine, sans base de données :
  archipel proof verify ARCHIVE.zip --key CLE-PUBLIEE.pem

Sans Archipel (unzip, OpenSSL 3, coreutils), la clé publiée étant dans cle.pem :
  unzip -q ARCHIVE.zip -d archive && cd archive
  openssl pkeyutl -verify -pubin -inkey ../cle.pem -rawin -in manifest.json -sigfile manifest.json.sig
  sha256sum -c sha256sums.txt
  puis comparez sha256sums.txt et la liste de manifest.json : mêmes fichiers, mêmes empreintes, aucun de plus.

Clé : {fingerprint}
Les effectifs de patients inférieurs à 11 ne sortent pas de l'établissement : ils ne sont pas dans l'archive.
"""


def readme(*, title: str, subject: str, at: str, known: str, issued: str, fingerprint: str, synthetic: bool) -> bytes:
    """The text of ``lisez-moi.txt``."""
    marked = "\nDONNÉES SYNTHÉTIQUES : aucun patient réel, aucune valeur de preuve.\n" if synthetic else ""
    return _TEXT.format(
        title=title, subject=subject, at=at, known=known, issued=issued, synthetic=marked,
        fingerprint=f"{short(fingerprint)}… (SHA-256 {fingerprint})",
    ).encode()  # fmt: skip
