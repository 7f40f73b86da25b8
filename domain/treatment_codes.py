"""Code lists of a treatment and its follow-up: the product and its way into the patient, as domain.md names them.

Sources: the DOSES consensus and CIBMTR's cellular-therapy forms. Each list can grow; its first member stands for a
code that a reader doesn't know.
"""

from __future__ import annotations

from domain.codes import Code


class IndicationCategory(Code):
    """What was treated, in the registry's own categories; a musculoskeletal one names the joint."""

    unrecognised = "unrecognised"
    musculoskeletal_knee = "musculoskeletal_knee"
    musculoskeletal_hip = "musculoskeletal_hip"
    musculoskeletal_shoulder = "musculoskeletal_shoulder"
    musculoskeletal_spine = "musculoskeletal_spine"
    musculoskeletal_other = "musculoskeletal_other"
    cardiovascular = "cardiovascular"
    neurologic = "neurologic"
    ocular = "ocular"
    pulmonary = "pulmonary"
    autoimmune = "autoimmune"
    haematologic = "haematologic"
    peripheral_vascular = "peripheral_vascular"
    endocrine = "endocrine"
    renal = "renal"
    hepatic = "hepatic"
    wound = "wound"
    cosmetic = "cosmetic"
    urogenital = "urogenital"
    other = "other"


class CellOrigin(Code):
    """Tissue the cells came from (DOSES: origin)."""

    unrecognised = "unrecognised"
    bone_marrow = "bone_marrow"
    adipose = "adipose"
    peripheral_blood = "peripheral_blood"
    cord_blood = "cord_blood"
    umbilical_cord_tissue = "umbilical_cord_tissue"
    placenta = "placenta"
    amniotic_fluid = "amniotic_fluid"
    amniotic_membrane = "amniotic_membrane"
    dental_pulp = "dental_pulp"
    synovium = "synovium"
    muscle = "muscle"
    skin = "skin"
    menstrual = "menstrual"
    cardiac = "cardiac"
    neural = "neural"
    fetal = "fetal"
    embryonic = "embryonic"
    ipsc = "ipsc"
    other = "other"


class Route(Code):
    """By which way the product was given (DOSES: site of delivery)."""

    unrecognised = "unrecognised"
    intravenous = "intravenous"
    intra_articular = "intra_articular"
    intradiscal = "intradiscal"
    intraosseous = "intraosseous"
    intrathecal = "intrathecal"
    intraventricular = "intraventricular"
    intracerebral = "intracerebral"
    intra_arterial = "intra_arterial"
    intracoronary = "intracoronary"
    intramyocardial = "intramyocardial"
    transendocardial = "transendocardial"
    intraportal = "intraportal"
    intramuscular = "intramuscular"
    subcutaneous = "subcutaneous"
    intradermal = "intradermal"
    intraperitoneal = "intraperitoneal"
    intranasal = "intranasal"
    inhalation = "inhalation"
    perineural = "perineural"
    periarticular = "periarticular"
    intraovarian = "intraovarian"
    intrauterine = "intrauterine"
    intracavernous = "intracavernous"
    intravitreal = "intravitreal"
    subretinal = "subretinal"
    retrobulbar = "retrobulbar"
    epidural = "epidural"
    intralesional = "intralesional"
    topical = "topical"
    other = "other"


class DonorKind(Code):
    """Whose cells they were (DOSES: donor)."""

    unrecognised = "unrecognised"
    autologous = "autologous"
    allogeneic_related = "allogeneic_related"
    allogeneic_unrelated = "allogeneic_unrelated"
    xenogeneic = "xenogeneic"


class DonorEligibility(Code):
    """Whether a donor other than the patient was found eligible."""

    unrecognised = "unrecognised"
    eligible = "eligible"
    ineligible_urgent_need = "ineligible_urgent_need"
    incomplete = "incomplete"


class ProductKind(Code):
    """What was given."""

    unrecognised = "unrecognised"
    cells = "cells"
    cells_with_prp = "cells_with_prp"
    prp = "prp"
    extracellular_vesicles = "extracellular_vesicles"
    other = "other"


class SeparationStep(Code):
    """One step from tissue to product (DOSES: separation)."""

    unrecognised = "unrecognised"
    centrifuged = "centrifuged"
    svf_enzymatic = "svf_enzymatic"
    svf_mechanical = "svf_mechanical"
    culture_expanded = "culture_expanded"
    selected = "selected"
    genetically_modified = "genetically_modified"
    cryopreserved = "cryopreserved"
    other = "other"


class LegalPathway(Code):
    """Under which law the product was given."""

    unrecognised = "unrecognised"
    approved_product = "approved_product"
    trial = "trial"
    hospital_exemption = "hospital_exemption"
    practice_of_medicine = "practice_of_medicine"
    other = "other"


class Guidance(Code):
    """How the needle or catheter was guided."""

    unrecognised = "unrecognised"
    none = "none"
    ultrasound = "ultrasound"
    fluoroscopy = "fluoroscopy"
    ct = "ct"
    mri = "mri"
    arthroscopy = "arthroscopy"


class Laterality(Code):
    """On which side of the body."""

    unrecognised = "unrecognised"
    left = "left"
    right = "right"
    bilateral = "bilateral"
    midline = "midline"


class CellType(Code):
    """What the cells were found to be (DOSES: exhibited characteristics); the words for `other` are sealed."""

    unrecognised = "unrecognised"
    mesenchymal_stromal = "mesenchymal_stromal"
    haematopoietic = "haematopoietic"
    mononuclear = "mononuclear"
    stromal_vascular_fraction = "stromal_vascular_fraction"
    chondrocyte = "chondrocyte"
    epithelial = "epithelial"
    endothelial_progenitor = "endothelial_progenitor"
    neural = "neural"
    myoblast = "myoblast"
    platelet = "platelet"
    other = "other"


class CountMethod(Code):
    """How cells were counted and their viability found."""

    unrecognised = "unrecognised"
    flow_cytometry = "flow_cytometry"
    automated_counter = "automated_counter"
    manual_count = "manual_count"
    dye_exclusion = "dye_exclusion"
    colony_forming_units = "colony_forming_units"
    estimated = "estimated"
    other = "other"


class ReleaseVerdict(Code):
    """What a release test (sterility, endotoxin, mycoplasma) said."""

    unrecognised = "unrecognised"
    passed = "passed"
    failed = "failed"
    pending = "pending"
    not_done = "not_done"


class Karyotype(Code):
    """What the chromosomes of cultured cells looked like."""

    unrecognised = "unrecognised"
    normal = "normal"
    abnormal = "abnormal"
    pending = "pending"
    not_done = "not_done"


class ImmediateReaction(Code):
    """What happened during or right after the procedure; its words are sealed."""

    unrecognised = "unrecognised"
    none = "none"
    mild = "mild"
    moderate = "moderate"
    severe = "severe"


class FollowUpResult(Code):
    """What came of a follow-up; completed, partial and deceased count as complete."""

    unrecognised = "unrecognised"
    completed = "completed"
    partial = "partial"
    declined = "declined"
    unreachable = "unreachable"
    deceased = "deceased"
    consent_withdrawn = "consent_withdrawn"


class ContactMode(Code):
    """How the patient was seen or asked."""

    unrecognised = "unrecognised"
    visit = "visit"
    telephone = "telephone"
    video = "video"
    post = "post"
    online_form = "online_form"
    record_review = "record_review"
    relative = "relative"
    other = "other"


class VitalStatus(Code):
    """Whether the patient is known to live."""

    unrecognised = "unrecognised"
    alive = "alive"
    dead = "dead"
    unknown = "unknown"


class Sex(Code):
    """Sex of a patient; only ever inside a sealed part."""

    unrecognised = "unrecognised"
    female = "female"
    male = "male"
    other = "other"
    unknown = "unknown"
