"""The page in the languages that patients read. Plain words, short sentences; nothing about delay or order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archipel.passages.pathway.values import Progress, Stage


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that the page says, in one language."""

    code: str
    name: str
    """The language's own name."""
    rtl: bool
    title: str
    intro: str
    stages: Mapping[Stage, str]
    progress: Mapping[Progress, str]
    notices: tuple[str, ...]
    updated: str
    """Followed by the hour."""
    refresh: str
    offline: str
    """Followed by the hour."""
    over: str
    gone_title: str
    gone: str
    language: str
    busy: str


S, P = Stage, Progress

WORDS: Mapping[str, Words] = {
    "fr": Words(
        "fr", "Français", False, "Votre passage aux urgences", "Voici les étapes de votre passage.",
        {
            S.ACCUEIL: "Vous êtes enregistré à l'accueil", S.TRI: "Un infirmier évalue votre état",
            S.ATTENTE: "Vous attendez le médecin", S.EXAMENS: "Soins et examens en cours",
            S.RESULTATS: "Les résultats sont arrivés", S.DECISION: "L'équipe décide de la suite avec vous",
            S.HOSPITALISATION: "Vous allez dans un service de l'hôpital", S.SORTIE: "Vous quittez les urgences",
        },
        {P.FAIT: "fait", P.EN_COURS: "en cours", P.A_VENIR: "à venir"},
        (
            "Les personnes les plus malades passent d'abord, pas les premières arrivées.",
            "Si vous vous sentez moins bien, dites-le tout de suite à l'équipe.",
            "Ne mangez pas et ne buvez pas avant d'avoir demandé.",
        ),
        "À jour à", "Mettre à jour", "Pas de réseau. Dernière mise à jour à",
        "Votre passage aux urgences est terminé. Cette page va disparaître.",
        "Page non disponible", "Cette page n'est plus disponible. Adressez-vous à l'accueil.", "Langue",
        "Trop de demandes. Réessayez dans une minute.",
    ),
    "en": Words(
        "en", "English", False, "Your visit to the emergency department", "These are the steps of your visit.",
        {
            S.ACCUEIL: "You are registered at the desk", S.TRI: "A nurse assesses how you are",
            S.ATTENTE: "You are waiting for the doctor", S.EXAMENS: "Care and tests are under way",
            S.RESULTATS: "The results are in", S.DECISION: "The team decides with you what comes next",
            S.HOSPITALISATION: "You are going to a hospital ward", S.SORTIE: "You are leaving the emergency department",
        },
        {P.FAIT: "done", P.EN_COURS: "now", P.A_VENIR: "to come"},
        (
            "The sickest people are seen first, not those who came first.",
            "If you feel worse, tell the staff straight away.",
            "Do not eat or drink before you have asked.",
        ),
        "Updated at", "Update", "No network. Last update at",
        "Your visit to the emergency department is over. This page will disappear.",
        "Page not available", "This page is no longer available. Please ask at the desk.", "Language",
        "Too many requests. Try again in a minute.",
    ),
    "ar": Words(
        "ar", "العربية", True, "زيارتك لقسم الطوارئ", "هذه مراحل زيارتك.",
        {
            S.ACCUEIL: "تم تسجيلك في الاستقبال", S.TRI: "يقيّم ممرض حالتك",
            S.ATTENTE: "أنت في انتظار الطبيب", S.EXAMENS: "العلاج والفحوص جارية",
            S.RESULTATS: "وصلت النتائج", S.DECISION: "يقرر الفريق معك الخطوة التالية",
            S.HOSPITALISATION: "ستنتقل إلى أحد أقسام المستشفى", S.SORTIE: "تغادر قسم الطوارئ",
        },
        {P.FAIT: "تم", P.EN_COURS: "الآن", P.A_VENIR: "لاحقًا"},
        (
            "يُعالَج الأشد مرضًا أولًا، وليس من وصل أولًا.",
            "إذا ساءت حالتك فأخبر الفريق فورًا.",
            "لا تأكل ولا تشرب قبل أن تسأل.",
        ),
        "آخر تحديث", "تحديث", "لا توجد شبكة. آخر تحديث",
        "انتهت زيارتك لقسم الطوارئ. ستختفي هذه الصفحة.",
        "الصفحة غير متاحة", "هذه الصفحة لم تعد متاحة. اسأل في الاستقبال.", "اللغة",
        "طلبات كثيرة. حاول مجددًا بعد دقيقة.",
    ),
    "es": Words(
        "es", "Español", False, "Su visita a urgencias", "Estas son las etapas de su visita.",
        {
            S.ACCUEIL: "Está registrado en la recepción", S.TRI: "Una enfermera evalúa su estado",
            S.ATTENTE: "Está esperando al médico", S.EXAMENS: "Cuidados y pruebas en curso",
            S.RESULTATS: "Han llegado los resultados", S.DECISION: "El equipo decide con usted qué hacer",
            S.HOSPITALISATION: "Va a un servicio del hospital", S.SORTIE: "Sale de urgencias",
        },
        {P.FAIT: "hecho", P.EN_COURS: "ahora", P.A_VENIR: "después"},
        (
            "Se atiende primero a las personas más graves, no a las que llegaron antes.",
            "Si se siente peor, avise enseguida al equipo.",
            "No coma ni beba antes de preguntar.",
        ),
        "Actualizado a las", "Actualizar", "Sin red. Última actualización a las",
        "Su visita a urgencias ha terminado. Esta página va a desaparecer.",
        "Página no disponible", "Esta página ya no está disponible. Pregunte en la recepción.", "Idioma",
        "Demasiadas solicitudes. Vuelva a intentarlo en un minuto.",
    ),
    "pt": Words(
        "pt", "Português", False, "A sua ida às urgências", "Estas são as etapas da sua visita.",
        {
            S.ACCUEIL: "Está registado na receção", S.TRI: "Um enfermeiro avalia o seu estado",
            S.ATTENTE: "Está à espera do médico", S.EXAMENS: "Cuidados e exames em curso",
            S.RESULTATS: "Os resultados chegaram", S.DECISION: "A equipa decide consigo o que se segue",
            S.HOSPITALISATION: "Vai para um serviço do hospital", S.SORTIE: "Sai das urgências",
        },
        {P.FAIT: "feito", P.EN_COURS: "agora", P.A_VENIR: "depois"},
        (
            "As pessoas mais doentes são atendidas primeiro, não as que chegaram primeiro.",
            "Se se sentir pior, avise logo a equipa.",
            "Não coma nem beba antes de perguntar.",
        ),
        "Atualizado às", "Atualizar", "Sem rede. Última atualização às",
        "A sua ida às urgências terminou. Esta página vai desaparecer.",
        "Página não disponível", "Esta página já não está disponível. Pergunte na receção.", "Língua",
        "Demasiados pedidos. Tente de novo dentro de um minuto.",
    ),
}  # fmt: skip
DEFAULT = "fr"


def choose(asked: str, accepted: str, usual: str = DEFAULT) -> Words:
    """The language asked for, else the first that the browser accepts, else the one chosen at triage.

    Args:
        asked: code in the address, may be anything.
        accepted: the Accept-Language header.
        usual: the language chosen when the page was opened.
    """
    if asked in WORDS:
        return WORDS[asked]
    ranked = []
    for rank, part in enumerate(accepted.split(",")[:20]):
        code, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), rank, code[:2].lower()))
        except ValueError:
            continue
    for _, _, code in sorted(ranked):
        if code in WORDS:
            return WORDS[code]
    return WORDS.get(usual, WORDS[DEFAULT])
