"""The enumerated values in English, French and Arabic. The first word of each line is the model's."""

from __future__ import annotations

from typing import Final

from safepassage.exchange.folding import fold

Words = dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]
"""Model word -> further English, French and Arabic words."""

MOBILITY: Final[Words] = {
    "walking": (
        ("walk", "ambulant", "ambulatory", "on foot"),
        ("marche", "marchant", "ambulant", "à pied", "valide"),
        ("مشي", "ماشي", "يمشي", "سيرا على الأقدام", "على الأقدام"),
    ),
    "wheelchair": (
        ("wheel chair", "chair"),
        ("fauteuil roulant", "fauteuil", "chaise roulante"),
        ("كرسي متحرك", "كرسي", "كرسي مدولب"),
    ),
    "stretcher": (
        ("litter", "lying", "bedridden"),
        ("brancard", "civière", "allongé", "alité"),
        ("نقالة", "حمالة", "طريح الفراش"),
    ),
}
AGE_BAND: Final[Words] = {
    "infant": (("baby",), ("nourrisson", "bébé"), ("رضيع", "رضيعة")),
    "child": (("minor", "kid"), ("enfant", "mineur"), ("طفل", "طفلة", "قاصر")),
    "adult": (("grown up",), ("adulte",), ("بالغ", "بالغة", "راشد")),
    "older": (
        ("elderly", "older person", "senior", "old"),
        ("âgé", "âgée", "personne âgée", "aîné"),
        ("مسن", "مسنة", "كبير السن"),
    ),
}
CHOICE: Final[Words] = {
    "consented": (
        ("consents", "agreed", "accepted"),
        ("consenti", "consent", "accepté", "d'accord"),
        ("موافق", "موافقة", "وافق"),
    ),
    "declined": (("refused", "refuses", "declines"), ("refusé", "refuse", "décliné"), ("رافض", "رفض", "رافضة")),
    "withdrawn": (("withdrew", "retracted"), ("retiré", "rétracté", "désisté"), ("انسحب", "منسحب", "منسحبة")),
}
YES_NO: Final[Words] = {
    "yes": (("y", "true", "1", "x", "ok"), ("oui", "o", "vrai"), ("نعم", "اي", "صح")),
    "no": (("n", "false", "0"), ("non", "faux"), ("لا", "كلا", "خطأ")),
}
SITE_KIND: Final[Words] = {
    "pickup": (
        ("pick up", "pickup point"),
        ("prise en charge", "ramassage", "point de ramassage"),
        ("نقطة تجميع أولية", "نقطة أخذ", "التقاط"),
    ),
    "assembly": (("assembly point", "muster"), ("rassemblement", "point de rassemblement"), ("تجمع", "نقطة تجمع")),
    "hospital": (("clinic",), ("hôpital", "clinique"), ("مستشفى", "مشفى")),
    "checkpoint": (("check point",), ("poste de contrôle", "barrage"), ("حاجز", "نقطة تفتيش")),
    "rest": (("rest stop", "rest area"), ("repos", "aire de repos"), ("استراحة",)),
    "handover": (("hand over", "handover point"), ("remise", "point de remise"), ("تسليم", "نقطة تسليم")),
    "shelter": (("shelter site",), ("abri", "hébergement"), ("مأوى", "ملجأ", "مركز إيواء")),
    "destination": (("end",), ("arrivée",), ("وجهة", "وصول")),
    "fallback": (("fall back",), ("repli",), ("احتياطي", "بديل")),
    "depot": (("garage", "parking"), ("dépôt", "parc"), ("مرآب", "مستودع")),
    "junction": (("crossroads", "node"), ("carrefour", "croisement"), ("تقاطع", "مفترق")),
}
VEHICLE_KIND: Final[Words] = {
    "bus": (("coach",), ("autobus", "autocar", "car de tourisme"), ("حافلة", "باص", "اوتوبيس")),
    "minibus": (("mini bus", "van"), ("minicar", "fourgonnette"), ("حافلة صغيرة", "ميني باص", "فان")),
    "ambulance": ((), (), ("سيارة إسعاف", "إسعاف")),
    "escort": (("escort car",), ("escorte",), ("مرافقة", "سيارة مرافقة")),
    "supply": (("supplies",), ("ravitaillement", "logistique"), ("إمداد", "تموين")),
    "car": (("passenger car",), ("voiture", "voiture particulière"), ("سيارة",)),
    "truck": (("lorry",), ("camion",), ("شاحنة",)),
    "boat": (("ship",), ("bateau",), ("قارب", "زورق")),
}
PROFILE: Final[Words] = {
    "car": (("cars", "passenger car"), ("voiture", "voitures"), ("سيارة", "سيارات")),
    "ambulance": (("ambulances",), (), ("سيارة إسعاف", "إسعاف")),
    "bus": (("buses", "coach"), ("autobus", "autocar"), ("حافلة", "حافلات", "باص")),
    "truck": (("trucks", "lorry", "lorries"), ("camion", "camions", "poids lourds"), ("شاحنة", "شاحنات")),
}
POSITION: Final[Words] = {
    "head": (("lead", "front", "first"), ("tête", "devant"), ("مقدمة", "رأس")),
    "body": (("middle",), ("corps", "milieu"), ("وسط", "متن")),
    "tail": (("rear", "back", "last"), ("queue", "arrière"), ("مؤخرة", "ذيل")),
}
PARTY_ROLE: Final[Words] = {
    "signatory": (("signer",), ("signataire",), ("موقع",)),
    "guarantor": ((), ("garant",), ("ضامن",)),
    "operator": ((), ("opérateur",), ("مشغل", "منفذ")),
    "observer": ((), ("observateur",), ("مراقب",)),
    "authority": ((), ("autorité",), ("سلطة",)),
    "not-consenting": (("not consenting",), ("non consentant",), ("غير موافق",)),
}
SPREAD_SHAPE: Final[Words] = {
    "fixed": (("constant",), ("fixe",), ("ثابت",)),
    "uniform": ((), ("uniforme",), ("منتظم",)),
    "triangular": (("triangle",), ("triangulaire",), ("مثلثي",)),
    "pert": (("beta pert",), (), ()),
    "lognormal": (("log normal",), ("log normale", "lognormale"), ("لوغاريتمي طبيعي",)),
}
LASTING: Final[Words] = {
    "drive": (("driving",), ("conduite", "trajet"), ("قيادة", "سير")),
    "service": (("boarding and alighting",), ("embarquement", "montée et descente"), ("صعود ونزول",)),
    "treatment": ((), ("traitement", "soins"), ("علاج",)),
    "rest": ((), ("repos", "pause"), ("استراحة",)),
    "refuel": (("refuelling", "refueling"), ("plein", "ravitaillement"), ("تزود بالوقود",)),
    "halt": ((), ("halte", "arrêt"), ("توقف",)),
    "milestone": ((), ("jalon", "étape"), ("حدث", "مرحلة")),
}
OPTION: Final[Words] = {
    "spare": (("replacement",), ("remplacement", "véhicule de réserve"), ("مركبة بديلة", "احتياطي")),
    "transfer": ((), ("transfert", "transbordement"), ("نقل",)),
    "detour": (("diversion",), ("détour", "déviation"), ("تحويلة", "التفاف")),
    "hold": (("wait",), ("attente", "attendre"), ("انتظار",)),
    "split": ((), ("scission", "partage"), ("تقسيم",)),
    "repair": (("mend", "fix"), ("réparation", "réparer"), ("إصلاح", "تصليح")),
    "return": (("turn back",), ("retour", "demi-tour"), ("عودة", "رجوع")),
}
BREAKDOWN_OPTION: Final = {name: OPTION[name] for name in ("spare", "transfer", "split", "repair", "return")}
ROAD_CUT_OPTION: Final = {name: OPTION[name] for name in ("detour", "hold", "split", "return")}
RESERVE: Final[Words] = {
    "water": (("drinking water",), ("eau", "eau potable"), ("ماء", "مياه")),
    "food": ((), ("nourriture", "vivres"), ("طعام", "غذاء")),
    "fuel": (("diesel", "petrol"), ("carburant", "essence"), ("وقود", "محروقات")),
    "medicine": (("medicines",), ("médicaments", "médicament"), ("دواء", "أدوية")),
}
PER: Final[Words] = {
    "person": (("people",), ("personne",), ("شخص",)),
    "vehicle": ((), ("véhicule",), ("مركبة",)),
}
CORRECTION: Final[Words] = {
    "add": (
        ("added", "new", "new road"),
        ("ajouter", "ajout", "ajoutée", "nouvelle route"),
        ("إضافة", "أضف", "طريق جديد"),
    ),
    "remove": (
        ("removed", "delete", "gone", "destroyed"),
        ("supprimer", "suppression", "supprimée", "détruite"),
        ("حذف", "إزالة", "احذف", "مدمر"),
    ),
    "retime": (
        ("time", "retimed", "speed", "slower", "faster"),
        ("durée", "temps", "vitesse", "ralentir"),
        ("زمن", "تغيير الزمن", "سرعة"),
    ),
    "limit": (("limited", "limits", "restrict"), ("limite", "limiter", "restriction"), ("حد", "تقييد", "قيد")),
}
WHOM: Final[Words] = VEHICLE_KIND | {"patients": (("patient",), ("malades", "malade"), ("مرضى", "مريض"))}

CHOICES: Final[dict[str, Words]] = {
    "mobility": MOBILITY,
    "age_band": AGE_BAND,
    "choice": CHOICE,
    "yes_no": YES_NO,
    "site_kind": SITE_KIND,
    "vehicle_kind": VEHICLE_KIND,
    "profile": PROFILE,
    "position": POSITION,
    "party_role": PARTY_ROLE,
    "spread_shape": SPREAD_SHAPE,
    "lasting": LASTING,
    "breakdown_option": BREAKDOWN_OPTION,
    "road_cut_option": ROAD_CUT_OPTION,
    "reserve": RESERVE,
    "per": PER,
    "whom": WHOM,
    "correction": CORRECTION,
}
"""Every enumeration by the name that fields refer to it by."""


def _index(words: Words) -> dict[str, str]:
    return {
        fold(word): model
        for model, languages in words.items()
        for word in (model, *(word for language in languages for word in language))
    }


MODEL_WORD: Final[dict[str, dict[str, str]]] = {name: _index(words) for name, words in CHOICES.items()}
"""Enumeration -> folded word in any language -> the model's word."""
