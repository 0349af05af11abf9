"""The words that the screens use, explained in one sentence each."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    ("À nettoyer", "Le lit est vide mais le bionettoyage n'est pas déclaré fait : il ne compte pas comme disponible."),
    ("Aval", "Le lit d'hospitalisation que les urgences cherchent pour un patient qui ne peut pas rentrer chez lui."),
    ("Bascule", "Une fonction change de produit dans un établissement : une ligne du calendrier d'une trajectoire."),
    (
        "BJML",
        "Besoin journalier minimal en lits : ce que les urgences ont demandé au moins, même semaine, années passées.",
    ),
    ("Bris de glace", "Accès exceptionnel aux patients d'un autre établissement : un motif, une fin, une relecture."),
    (
        "CCMU",
        "Gravité d'un patient aux urgences : 1 (stable) à 5 (réanimation), P (psychiatrie), D (décédé).",
    ),
    (
        "CDA",
        "Document de santé lisible par une personne (un PDF) et par une machine (patient, auteur, passage).",
    ),
    ("Code externe", "Identifiant que le porteur d'offre donne à un lieu du ROR, pour y écrire ses capacités."),
    ("Conflit", "Deux venues sont annoncées dans le même lit : l'une des deux informations est fausse ou en retard."),
    ("Disponible", "Lit armé, ouvert, inoccupé, non réservé dans les 24 heures et propre (nomenclature R330, 02)."),
    ("DMP", "Dossier médical partagé : les documents du patient dans Mon espace santé, lus par ses soignants."),
    ("Données synthétiques", "Patients inventés par un simulateur ; aucun n'existe."),
    ("Écart prouvé", "Ce qu'un meilleur plan pourrait encore gagner, au plus : la borne du calcul le démontre."),
    ("Entité géographique (EG)", "Un site, désigné par son numéro FINESS géographique."),
    ("Entité juridique (EJ)", "L'établissement au sens de la loi, désigné par son numéro FINESS juridique."),
    ("Fermé", "Lit retiré de l'offre, avec un motif et, si elle est connue, une date de réouverture."),
    ("Fil d'Ariane", "La page du patient aux urgences : les étapes de son passage, sans son nom ni son diagnostic."),
    ("FLUDR", "Fiche de liaison d'urgence rendue à l'EHPAD quand son résident ressort des urgences."),
    ("Filière", "Le type de prise en charge auquel un lit est destiné : médecine, chirurgie, SMR, soins critiques…"),
    ("GHT", "Groupement hospitalier de territoire : les établissements publics qui travaillent ensemble."),
    (
        "GRADeS",
        "Groupement régional d'appui au développement de la e-santé : il tient les lieux de la région dans le ROR.",
    ),
    ("HET", "Hôpital en tension : cinq indicateurs qui disent quand les urgences et leurs lits d'aval débordent."),
    ("IdNatStruct", "Identifiant national de structure : « 1 » suivi du numéro FINESS."),
    ("INS", "Identité nationale de santé : matricule, clé et traits, vérifiés auprès du téléservice national."),
    ("Installé", "Lit qui existe physiquement, qu'il soit ouvert ou fermé (nomenclature R330, code 01)."),
    ("IPP", "Identifiant permanent du patient dans un établissement."),
    ("MSSanté", "Messagerie sécurisée de santé, entre professionnels et avec le patient."),
    ("Mutation", "Changement d'unité ou de lit au cours d'une même venue."),
    ("Non armé", "Lit qui existe mais sans l'équipe nécessaire pour y accueillir un patient."),
    ("Offre du ROR", "Un lieu du répertoire national et les unités dont il compte les lits."),
    ("Périmé", "Information trop ancienne pour que l'on décide avec elle ; son âge est toujours affiché."),
    ("Provisoire", "Unité, chambre ou lit apparu dans un message mais pas encore validé dans la structure."),
    ("Réservé", "Un patient connu est attendu dans ce lit dans les 24 heures."),
    (
        "ROR",
        "Répertoire national de l'offre et des ressources : chacun y dit ses places, chacun y lit celles des autres.",
    ),
    ("RPU", "Résumé de passage aux urgences : 18 items par passage, transmis chaque nuit à l'ARS."),
    (
        "Tension",
        "Niveau d'un site ou du groupement, de normal à tension forte, calculé ou déclaré ; un journal le suit.",
    ),
    ("Trajectoire", "Quelle application pour quelle fonction, dans quel établissement, en quelle année."),
    ("UF", "Unité fonctionnelle : médicale, d'hébergement ou de soins."),
    ("Venue", "Le passage ou le séjour d'un patient, de son entrée à sa sortie."),
)
