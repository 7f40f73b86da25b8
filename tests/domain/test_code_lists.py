from __future__ import annotations

import re

import pytest

from domain import adverse_event_codes, treatment_codes
from domain.codes import Code, Missing

NAMED = {
    treatment_codes.DonorKind: "autologous allogeneic_related allogeneic_unrelated xenogeneic",
    treatment_codes.DonorEligibility: "eligible ineligible_urgent_need incomplete",
    treatment_codes.CellOrigin: (
        "bone_marrow adipose peripheral_blood cord_blood umbilical_cord_tissue placenta amniotic_fluid "
        "amniotic_membrane dental_pulp synovium muscle skin menstrual cardiac neural fetal embryonic ipsc other"
    ),
    treatment_codes.ProductKind: "cells cells_with_prp prp extracellular_vesicles other",
    treatment_codes.SeparationStep: (
        "centrifuged svf_enzymatic svf_mechanical culture_expanded selected genetically_modified cryopreserved other"
    ),
    treatment_codes.Route: (
        "intravenous intra_articular intradiscal intraosseous intrathecal intraventricular intracerebral "
        "intra_arterial intracoronary intramyocardial transendocardial intraportal intramuscular subcutaneous "
        "intradermal intraperitoneal intranasal inhalation perineural periarticular intraovarian intrauterine "
        "intracavernous intravitreal subretinal retrobulbar epidural intralesional topical other"
    ),
    treatment_codes.Guidance: "none ultrasound fluoroscopy ct mri arthroscopy",
    treatment_codes.LegalPathway: "approved_product trial hospital_exemption practice_of_medicine other",
    treatment_codes.FollowUpResult: "completed partial declined unreachable deceased consent_withdrawn",
    treatment_codes.IndicationCategory: (
        "musculoskeletal_knee musculoskeletal_hip musculoskeletal_shoulder musculoskeletal_spine "
        "musculoskeletal_other cardiovascular neurologic ocular pulmonary autoimmune haematologic "
        "peripheral_vascular endocrine renal hepatic wound cosmetic urogenital other"
    ),
    adverse_event_codes.Affected: "recipient donor offspring",
    adverse_event_codes.EventKind: "reaction process_deviation",
    adverse_event_codes.Seriousness: (
        "death life_threatening hospitalisation disability congenital_anomaly medically_important"
    ),
    adverse_event_codes.ReporterRelated: "yes possibly no cannot_say",
    adverse_event_codes.Causality: "certain probable possible unlikely unrelated unclassified unassessable",
    adverse_event_codes.SuspectFactor: "cells collection delivery processing concomitant underlying_disease",
    adverse_event_codes.Outcome: (
        "recovered recovering not_recovered recovered_with_sequelae fatal unknown not_applicable"
    ),
    adverse_event_codes.Action: "none medication surgery admission intensive_care other",
    adverse_event_codes.ReporterKind: "clinic patient relative staff other_professional regulator literature",
    Missing: "unknown not_asked asked_unknown refused masked not_applicable",
}


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_a_list_holds_the_codes_of_the_domain_and_no_other(kind: type[Code]) -> None:
    assert [each.value for each in kind] == ["unrecognised", *NAMED[kind].split()]


def test_every_list_can_be_written_as_an_avro_enum() -> None:
    kinds = [
        each
        for module in (treatment_codes, adverse_event_codes)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Code) and each is not Code
    ]

    assert len(kinds) > 25
    for kind in kinds:
        assert next(iter(kind)).name == "unrecognised"
        assert all(re.fullmatch(r"[a-z][a-z_]*", each.value) and each.name == each.value for each in kind)
