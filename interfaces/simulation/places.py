"""Where simulated clinics stand, and what they do there."""

from __future__ import annotations

from dataclasses import dataclass

from domain.treatment_codes import CellOrigin, IndicationCategory, Route, SeparationStep


@dataclass(frozen=True, slots=True)
class Place:
    """A town with its country and time zone."""

    city: str
    country: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Speciality:
    """What a clinic treats, in which registry, and how."""

    registry: str
    indication: IndicationCategory
    origin: CellOrigin
    route: Route
    instrument: str
    steps: tuple[SeparationStep, ...]


PLACES = tuple(
    Place(*row)
    for row in (
        ("Lisbon", "PT", "Europe/Lisbon"),
        ("Vienna", "AT", "Europe/Vienna"),
        ("Munich", "DE", "Europe/Berlin"),
        ("Lyon", "FR", "Europe/Paris"),
        ("Milan", "IT", "Europe/Rome"),
        ("Kraków", "PL", "Europe/Warsaw"),
        ("Gothenburg", "SE", "Europe/Stockholm"),
        ("Zürich", "CH", "Europe/Zurich"),
        ("Athens", "GR", "Europe/Athens"),
        ("Istanbul", "TR", "Europe/Istanbul"),
        ("Dubai", "AE", "Asia/Dubai"),
        ("Mumbai", "IN", "Asia/Kolkata"),
        ("Bangkok", "TH", "Asia/Bangkok"),
        ("Seoul", "KR", "Asia/Seoul"),
        ("Osaka", "JP", "Asia/Tokyo"),
        ("Melbourne", "AU", "Australia/Melbourne"),
        ("Auckland", "NZ", "Pacific/Auckland"),
        ("Denver", "US", "America/Denver"),
        ("Miami", "US", "America/New_York"),
        ("Toronto", "CA", "America/Toronto"),
        ("Tijuana", "MX", "America/Tijuana"),
        ("Bogotá", "CO", "America/Bogota"),
        ("São Paulo", "BR", "America/Sao_Paulo"),
        ("Buenos Aires", "AR", "America/Argentina/Buenos_Aires"),
    )
)

SPECIALITIES = (
    Speciality(
        "knee",
        IndicationCategory.musculoskeletal_knee,
        CellOrigin.bone_marrow,
        Route.intra_articular,
        "KOOS",
        (SeparationStep.centrifuged,),
    ),
    Speciality(
        "knee",
        IndicationCategory.musculoskeletal_knee,
        CellOrigin.adipose,
        Route.intra_articular,
        "KOOS",
        (SeparationStep.svf_mechanical,),
    ),
    Speciality(
        "hip",
        IndicationCategory.musculoskeletal_hip,
        CellOrigin.bone_marrow,
        Route.intra_articular,
        "HOOS",
        (SeparationStep.centrifuged,),
    ),
    Speciality(
        "spine",
        IndicationCategory.musculoskeletal_spine,
        CellOrigin.bone_marrow,
        Route.intradiscal,
        "ODI",
        (SeparationStep.centrifuged,),
    ),
    Speciality(
        "eye",
        IndicationCategory.ocular,
        CellOrigin.bone_marrow,
        Route.retrobulbar,
        "visual acuity (logMAR)",
        (SeparationStep.centrifuged, SeparationStep.selected),
    ),
    Speciality(
        "heart",
        IndicationCategory.cardiovascular,
        CellOrigin.bone_marrow,
        Route.intracoronary,
        "NYHA class",
        (SeparationStep.centrifuged, SeparationStep.culture_expanded),
    ),
    Speciality(
        "lung",
        IndicationCategory.pulmonary,
        CellOrigin.adipose,
        Route.intravenous,
        "6-minute walk (m)",
        (SeparationStep.svf_enzymatic,),
    ),
)
