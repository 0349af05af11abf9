"""Where a document may go: the metadata of routing and the situation that decides them.

Source: ANS, CI-SIS, « Volet de transmission d'un document CDA-R2 en HL7v2 » 2.1, métadonnées DMP/MSSanté.
"""

from __future__ import annotations

from dataclasses import dataclass

FLAGS: tuple[tuple[str, str, str], ...] = (
    ("MASQUE_PS", "masque_ps", "Masqué aux professionnels de Santé"),
    ("INVISIBLE_PATIENT", "invisible_patient", "Document Non Visible par le patient"),
    ("INVISIBLE_REP_LEGAUX", "invisible_rep_legaux", "Non visible par les représentants Légaux du patient"),
    ("CONNEXION_SECRETE", "connexion_secrete", "Connexion Secrete"),
    ("MODIF_CONF_CODE", "modif_conf_code", "Modification Confidentiality Code"),
    ("DESTDMP", "dest_dmp", "Destinataire DMP"),
    ("DESTMSSANTEPS", "dest_mss_ps", "Destinataire (Professionnel de Santé, organisation ou BAL applicative)"),
    ("DESTMSSANTEPAT", "dest_mss_patient", "Destinataire Patient"),
    ("ACK_RECEPTION", "ack_reception", "Accusé de réception"),
    ("ACK_LECTURE_MSS", "ack_lecture", "Accusé de lecture"),
)
"""(code in OBX-3, attribute of :class:`Flags`, label), in the order that the volet imposes."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The ten metadata, each yes or no."""

    masque_ps: bool = False
    invisible_patient: bool = False
    invisible_rep_legaux: bool = False
    connexion_secrete: bool = False
    modif_conf_code: bool = False
    dest_dmp: bool = False
    dest_mss_ps: bool = False
    dest_mss_patient: bool = False
    ack_reception: bool = True
    ack_lecture: bool = True

    @property
    def anywhere(self) -> bool:
        """Whether the document goes somewhere."""
        return self.dest_dmp or self.dest_mss_ps or self.dest_mss_patient


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the patient, that decides where documents may go."""

    ins_qualified: bool
    dmp_feeding: str = ""
    """ZFA-9 (IHE PAM France): INO informed, did not object; IO informed, objected; NA or empty: not collected."""
    deceased: bool = False
    minor: bool = False
    secret_stay: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the physician (or the setting of the site) asks for."""

    dmp: bool = True
    professionals: bool = False
    """There is at least one recipient."""
    patient: bool = True
    masque_ps: bool = False
    invisible_patient: bool = False
    invisible_rep_legaux: bool = False
