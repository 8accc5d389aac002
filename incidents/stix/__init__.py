"""STIX 2.1 in and out, pure: no Django, no clock, no I/O.

`read` judges the bytes, `check` the objects; the rest reads out of objects or makes new ones.
"""

from incidents.stix.building import build_incident, synthetic_incident
from incidents.stix.check import check
from incidents.stix.facts import IncidentFacts, incident_facts
from incidents.stix.form import IncidentForm, LineProblem, RejectedForm
from incidents.stix.intake import Request, read, read_envelope, read_request
from incidents.stix.limits import LIMITS, Limits
from incidents.stix.objects import NO_VERSION, Checked, ParsedObject, RawObject, Submission
from incidents.stix.own_marking import granular_marking, marking_of, own_marking
from incidents.stix.problems import Problem, SubmissionRejected, problem
from incidents.stix.victims import victims

__all__ = [
    "LIMITS",
    "NO_VERSION",
    "Checked",
    "IncidentFacts",
    "IncidentForm",
    "Limits",
    "LineProblem",
    "ParsedObject",
    "Problem",
    "RawObject",
    "RejectedForm",
    "Request",
    "Submission",
    "SubmissionRejected",
    "build_incident",
    "check",
    "granular_marking",
    "incident_facts",
    "marking_of",
    "own_marking",
    "problem",
    "read",
    "read_envelope",
    "read_request",
    "synthetic_incident",
    "victims",
]
