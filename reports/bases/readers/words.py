"""The words of rekap tables, open-data portals and our own files over codes, names and counts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.core.lists.vocabulary import Kind, Vocabulary

#: What a list calls a region of each level.
_LEVELS = {
    "province": ("provinsi", "propinsi", "prov"),
    "regency": (
        *("kabupaten kota", "kab kota", "kota kabupaten", "kabupaten", "kota", "kab", "kabko"),
        "kabupaten atau kota",
    ),
    "district": ("kecamatan", "kec", "distrik", "kecamatan distrik"),
    "village": (
        *(
            "desa kelurahan",
            "kelurahan desa",
            "kelurahan",
            "desa",
            "kel desa",
            "desa kel",
            "nagari",
        ),
        *(
            "kelurahan nagari",
            "nagari kelurahan",
            "desa nagari",
            "gampong",
            "kel",
            "kelurahan desa adat",
        ),
    ),
}
_LABELS = {
    "province": (_("Code of the province"), _("Name of the province")),
    "regency": (_("Code of the regency or city"), _("Name of the regency or city")),
    "district": (_("Code of the district"), _("Name of the district")),
    "village": (_("Code of the village"), _("Name of the village")),
}


def _codes(level: str) -> tuple[str, ...]:
    return tuple(
        form.format(word)
        for word in _LEVELS[level]
        for form in ("kode {}", "kemendagri kode {}", "kode kemendagri {}", "kd {}", "no kode {}")
    )


def _names(level: str) -> tuple[str, ...]:
    return tuple(
        form.format(word)
        for word in _LEVELS[level]
        for form in ("{}", "nama {}", "kemendagri nama {}", "nm {}", "nama wilayah {}")
    )


def _counted(*words: str) -> tuple[str, ...]:
    """A count is also called its sum: `Jumlah Wajib KTP`, `Wajib KTP: Jumlah`."""
    forms = ("{}", "jumlah {}", "jml {}", "total {}", "{} jumlah", "{} total", "{} jml", "{} jiwa")
    return tuple(form.format(word) for form in forms for word in words)


def _recorded(*words: str) -> tuple[str, ...]:
    """With what was recorded, as `Sudah Rekam KTP-el`."""
    ends = ("", " ktp el", " ktp", " e ktp", " ktpel", " ktp elektronik")
    return _counted(*(word + end for word in words for end in ends))


BASES = Vocabulary(
    kinds=(
        Kind(
            "region_code",
            _("Code of the region"),
            (
                *(
                    "kode wilayah",
                    "kode",
                    "region code",
                    "region",
                    "kode daerah",
                    "kode kemendagri",
                ),
                *(
                    "kode wilayah kemendagri",
                    "kd wilayah",
                    "kodewilayah",
                    "kode wil",
                    "kode administrasi",
                ),
                *("id wilayah", "kode wilayah administrasi", "no kode wilayah"),
            ),
        ),
        Kind(
            "region_name",
            _("Name of the region"),
            (
                *(
                    "nama wilayah",
                    "wilayah",
                    "nama",
                    "name",
                    "region name",
                    "daerah",
                    "nama daerah",
                ),
                *(
                    "uraian",
                    "nm wilayah",
                    "nama wilayah administrasi",
                    "unit kerja",
                    "satuan wilayah",
                ),
            ),
        ),
        *(Kind(f"code_{level}", label[0], _codes(level)) for level, label in _LABELS.items()),
        *(Kind(f"name_{level}", label[1], _names(level)) for level, label in _LABELS.items()),
        Kind(
            "population",
            _("Population"),
            _counted("penduduk", "population", "jumlah penduduk", "populasi", "jml pddk"),
        ),
        Kind(
            "wajib_ktp",
            _("Wajib KTP"),
            _counted(
                *("wajib ktp", "wajib ktp el", "wktp", "wajib e ktp", "wajib ktpel", "wajib"),
                *("penduduk wajib ktp", "penduduk wajib ktp el", "wajib ktp elektronik"),
                *("wajib ktp dinamis", "wajib ktp dkb", "wajib rekam", "wajib memiliki ktp el"),
            ),
        ),
        Kind(
            "recorded",
            _("Recorded"),
            _recorded(
                *("recorded", "sudah rekam", "perekaman", "telah rekam", "sudah perekaman"),
                *("sudah merekam", "telah merekam", "rekam", "sudah direkam", "terekam"),
                *("sudah melakukan perekaman", "telah melakukan perekaman", "sudah terekam"),
                *(
                    "realisasi perekaman",
                    "hasil perekaman",
                    "perekaman sudah",
                    "status rekam sudah",
                ),
            ),
        ),
        Kind(
            "unrecorded",
            _("Not recorded"),
            _recorded(
                *("unrecorded", "belum rekam", "belum perekaman", "belum merekam", "belum direkam"),
                *("belum melakukan perekaman", "sisa belum rekam", "sisa perekaman", "tidak rekam"),
                *("belum terekam", "perekaman belum", "status rekam belum", "sisa belum perekaman"),
            ),
        ),
        Kind(
            "printed",
            _("Cards printed"),
            _recorded(
                *("printed", "cetak", "sudah cetak", "pencetakan", "tercetak", "telah cetak"),
                *("sudah tercetak", "sudah dicetak", "realisasi cetak", "ktp el tercetak"),
                *("ktp tercetak", "kepemilikan"),
            ),
        ),
        Kind(
            "ikd_activated",
            _("IKD active"),
            _counted(
                *(
                    "ikd",
                    "ikd activated",
                    "aktivasi ikd",
                    "ikd aktif",
                    "sudah ikd",
                    "ikd teraktivasi",
                ),
                *("identitas kependudukan digital", "sudah aktivasi ikd", "pengguna ikd"),
            ),
        ),
        Kind(
            "dkb",
            _("DKB"),
            _counted("dkb", "wajib ktp awal", "data konsolidasi bersih", "dkb awal"),
        ),
        Kind(
            "deaths",
            _("Deaths"),
            _counted("deaths", "meninggal", "kematian", "mati", "meninggal dunia"),
        ),
        Kind(
            "duplicates",
            _("Double NIK"),
            _counted(
                *("duplicates", "ganda", "data ganda", "nik ganda", "duplikat", "duplikasi"),
                "data duplikat",
            ),
        ),
        Kind(
            "moved_out",
            _("Moved out"),
            _counted("moved out", "pindah keluar", "pindah", "pergi", "pindah pergi"),
        ),
        Kind(
            "moved_in",
            _("Moved in"),
            _counted("moved in", "datang", "pindah datang", "pindah masuk", "kedatangan"),
        ),
        Kind(
            "first_recordings",
            _("First recordings outside the DKB"),
            _counted(
                *("first recordings", "rekam baru", "perekaman baru", "rekam tunggal baru"),
                *("rekam baru di luar dkb", "rekam di luar dkb", "perekaman di luar dkb"),
                *("rekam tunggal baru di luar dkb", "perekaman pertama di luar dkb"),
            ),
        ),
        Kind(
            "published_unrecorded_percent",
            _("Not recorded, % as printed"),
            ("published unrecorded share", "published pct belum"),
        ),
        Kind("not_counted", _("Percentage, target or part"), (), single=False, used=False),
        Kind(
            "ignored",
            _("Not used"),
            (
                *("no", "nomor", "no urut", "nomor urut", "id", "keterangan", "ket", "peringkat"),
                *("ranking", "rank", "luas", "luas km2", "tahun", "semester", "bulan", "tanggal"),
                *("satuan", "periode", "level", "date", "basis", "basis kind", "wajib as of"),
                *("recorded as of", "gap to target", "needed per day", "recorded today", "status"),
                *("recorded today pemula", "ikd today", "revision", "as of", "sumber", "catatan"),
                *("laki laki", "perempuan", "jumlah kk", "kk", "jumlah kecamatan", "jumlah desa"),
                *("kode bps", "kode wilayah bps", "bps kode", "nama bps", "bps nama"),
                *(
                    f"bps {form} {word}"
                    for words in _LEVELS.values()
                    for word in words
                    for form in ("kode", "nama")
                ),
                *(f"kode bps {word}" for words in _LEVELS.values() for word in words),
                *("sisa", "kekurangan", "status wilayah", "belum cetak", "belum tercetak"),
                *("belum cetak ktp el", "belum pencetakan", "belum ikd", "belum aktivasi ikd"),
                *("sisa cetak", "sisa blangko", "tidak cetak", "belum dicetak"),
            ),
            single=False,
            used=False,
        ),
    ),
    needs=(
        *("region_code", "region_name"),
        *(f"{what}_{level}" for what in ("code", "name") for level in _LEVELS),
    ),
    others=(
        *("persen", "persentase", "prosentase", "percent", "pct", "capaian", "rasio", "laju"),
        *("l", "p", "lk", "pr", "laki", "perempuan", "pria", "wanita", "male", "female"),
        # A header of two rows may say above `Perekaman` that it is another one.
        *("target", "rencana", "proyeksi", "selisih", "hari", "minggu", "bulan", "today", "pemula"),
        *("domisili", "disabilitas", "gagal"),
    ),
    other="not_counted",
    totals=(),  # sums are compared with their parts, in `figures`
)
