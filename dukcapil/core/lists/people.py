"""The words that schools, SIAK, Dapodik, OpenSID, KPU and offices use over lists of people."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from dukcapil.core.lists import looks
from dukcapil.core.lists.checks import (
    DaysInOneOrder,
    FormulasHaveResults,
    NiksKeptTheirDigits,
)
from dukcapil.core.lists.vocabulary import Kind, Vocabulary

PEOPLE = Vocabulary(
    kinds=(
        Kind(
            "nik",
            "NIK",
            (
                *(
                    "nik",
                    "no nik",
                    "nomor nik",
                    "nomor induk kependudukan",
                    "no induk kependudukan",
                ),
                *("no ktp", "nomor ktp", "no ktp el", "nik ktp", "no ktp nik", "nik no ktp"),
                *(
                    "nik siswa",
                    "nik peserta didik",
                    "nik pd",
                    "nik anak",
                    "nik santri",
                    "nik murid",
                ),
                *("nik pemilih", "nik penduduk", "nik warga", "nik pemohon", "nik peserta"),
                *("no identitas nik", "nik 16 digit", "ektp", "nik e ktp"),
            ),
            looks=looks.like_nik,
        ),
        Kind(
            "name",
            _("Name"),
            (
                *(
                    "nama",
                    "nama lengkap",
                    "name",
                    "nama lgkp",
                    "nama lkp",
                    "nm lengkap",
                    "nama lengkap sesuai ktp",
                ),
                *("nama siswa", "nama peserta didik", "nama pd", "nama murid", "nama santri"),
                *("nama pemilih", "nama penduduk", "nama warga", "nama peserta", "nama pemohon"),
                *(
                    "nama anak",
                    "nama siswa siswi",
                    "nama lengkap siswa",
                    "nama sesuai ktp",
                    "full name",
                ),
                *("nama lengkap peserta didik", "nama lengkap penduduk", "nama anggota keluarga"),
                *(
                    "nama lengkap pemilih",
                    "nama sesuai akta",
                    "nama sesuai ijazah",
                    "nama sesuai kk",
                ),
            ),
        ),
        Kind(
            "birth_date",
            _("Birth date"),
            (
                *("tanggal lahir", "tgl lahir", "tgllahir", "lahir", "birth date", "date of birth"),
                *(
                    "tgl lhr",
                    "tanggal kelahiran",
                    "tgl kelahiran",
                    "tanggal lahir siswa",
                    "tgl lahir siswa",
                    "tanggal lahir anak",
                    "tgl lahir anak",
                ),
                *(
                    "ttl",
                    "tempat tanggal lahir",
                    "tempat tgl lahir",
                    "tmp tgl lahir",
                    "tmpt tgl lahir",
                ),
                *("tempat dan tanggal lahir", "tempat dan tgl lahir", "tanggal bulan tahun lahir"),
                *(
                    "tempat tanggal lahir tanggal",
                    "tempat tanggal lahir tgl",
                    "lahir tanggal",
                    "lahir tgl",
                ),
                *(
                    "tempat tgl lahir tanggal",
                    "tempat tgl lahir tgl",
                    "kelahiran tanggal",
                    "kelahiran tgl",
                ),
                *(
                    "tempat dan tanggal lahir tanggal",
                    "ttl tanggal",
                    "ttl tgl",
                    "tgl bln thn lahir",
                ),
            ),
            looks=looks.like_day,
            day=True,
        ),
        Kind(
            "birth_place",
            _("Birth place"),
            (
                *(
                    "tempat lahir",
                    "tmp lahir",
                    "tmpt lahir",
                    "tpt lahir",
                    "kota lahir",
                    "birth place",
                ),
                *(
                    "tmpt lhr",
                    "tempat kelahiran",
                    "tempat lahir siswa",
                    "kab kota lahir",
                    "place of birth",
                ),
                *(
                    "tempat tanggal lahir tempat",
                    "tempat tgl lahir tempat",
                    "lahir tempat",
                    "ttl tempat",
                ),
                *("tempat dan tanggal lahir tempat", "kelahiran tempat"),
            ),
        ),
        Kind(
            "sex",
            _("Sex"),
            (
                *("jenis kelamin", "jk", "l p", "lp", "sex", "jns kelamin", "jenkel", "kelamin"),
                *(
                    "gender",
                    "jns klmin",
                    "jenis klmin",
                    "jen kel",
                    "lk pr",
                    "j kel",
                    "jenis kelamin l p",
                ),
                *("p l", "kelamin l p", "jk l p", "jkel", "sex l p"),
            ),
            looks=looks.like_sex,
        ),
        Kind(
            "village",
            _("Village"),
            (
                *("desa", "kelurahan", "desa kelurahan", "kelurahan desa", "kode desa", "village"),
                *(
                    "kode kelurahan",
                    "kode desa kelurahan",
                    "nama desa",
                    "nama kelurahan",
                    "kel desa",
                ),
                *(
                    "desa kel",
                    "kel",
                    "nama desa kelurahan",
                    "nama kelurahan desa",
                    "nagari",
                    "gampong",
                ),
                *(
                    "desa nagari",
                    "kelurahan nagari",
                    "nagari kelurahan",
                    "kode wilayah",
                    "nama kel",
                ),
                *("nm kel", "domisili desa", "alamat desa", "alamat kelurahan"),
                *(
                    "alamat desa kelurahan",
                    "village code",
                    "kode wilayah desa",
                    "desa tempat tinggal",
                ),
            ),
            looks=looks.like_village_code,
            exact=True,
        ),
        Kind(
            "marital_status",
            _("Marital status"),
            (
                *(
                    "status perkawinan",
                    "status kawin",
                    "stat kawin",
                    "status nikah",
                    "marital status",
                ),
                *(
                    "status pernikahan",
                    "sts kawin",
                    "perkawinan",
                    "stat kwn",
                    "status kwn",
                    "kawin",
                ),
                *("status kawin b s p", "b s p", "stts kawin"),
            ),
        ),
        Kind(
            "address",
            _("Address"),
            (
                *("alamat", "address", "alamat lengkap", "alamat rumah", "alamat tinggal", "jalan"),
                *(
                    "alamat domisili",
                    "alamat tempat tinggal",
                    "alamat siswa",
                    "alamat ktp",
                    "dusun alamat",
                ),
                *(
                    "alamat jalan",
                    "jalan dukuh",
                    "alamat sesuai ktp",
                    "alamat sekarang",
                    "alamat jalan dukuh",
                ),
            ),
        ),
        Kind("rt", "RT", ("rt", "no rt", "nomor rt", "alamat rt")),
        Kind("rw", "RW", ("rw", "no rw", "nomor rw", "alamat rw")),
        Kind("rt_rw", "RT/RW", ("rt rw", "rtrw", "alamat rt rw")),
        Kind(
            "recorded_on",
            _("Recorded on"),
            (
                *("recorded on", "direkam pada", "known recorded on", "tanggal rekam"),
                *("tgl rekam", "tanggal perekaman", "tgl perekaman"),
                *("tanggal rekam ktp el", "tgl rekam ktp el"),
            ),
            day=True,
        ),
        Kind(
            "family_card",
            _("Family card"),
            (
                *("no kk", "nomor kk", "nkk", "kk", "nomor kartu keluarga", "no kartu keluarga"),
                *("kartu keluarga", "no keluarga", "nomor keluarga", "family card", "nokk"),
            ),
            used=False,
        ),
        Kind("guardian", _("Somebody else"), (), single=False, used=False),
        Kind(
            "ignored",
            _("Not used"),
            (
                *("no", "nomor", "no urut", "nomor urut", "nourut", "no urt", "number", "id"),
                *(
                    "nisn",
                    "nis",
                    "nipd",
                    "no induk",
                    "nomor induk",
                    "nomor induk siswa",
                    "nis nisn",
                ),
                *(
                    "kelas",
                    "rombel",
                    "rombel saat ini",
                    "tingkat rombel",
                    "jurusan",
                    "agama",
                    "pekerjaan",
                    "pendidikan",
                ),
                *(
                    "dusun",
                    "kecamatan",
                    "kabupaten",
                    "provinsi",
                    "kode pos",
                    "kab kota",
                    "kabupaten kota",
                ),
                *(
                    "keterangan",
                    "ket",
                    "catatan",
                    "hp",
                    "no hp",
                    "telepon",
                    "no telp",
                    "email",
                    "e mail",
                ),
                *(
                    "tps",
                    "no tps",
                    "umur",
                    "usia",
                    "disabilitas",
                    "difabel",
                    "shdk",
                    "golongan darah",
                ),
                *(
                    "hubungan keluarga",
                    "hub keluarga",
                    "status hubungan",
                    "status hubungan dalam keluarga",
                ),
                *(
                    "kewarganegaraan",
                    "tanda tangan",
                    "ttd",
                    "paraf",
                    "sekolah",
                    "asal sekolah",
                    "nama sekolah",
                ),
                *(
                    "no akta",
                    "no akta lahir",
                    "no registrasi akta lahir",
                    "status ktp",
                    "status rekam",
                    "status",
                ),
                *(
                    "nama kecamatan",
                    "nama kabupaten",
                    "nama provinsi",
                    "kode kecamatan",
                    "kode kabupaten",
                ),
            ),
            single=False,
            used=False,
        ),
    ),
    needs=("nik", "name"),
    others=(
        *(
            "ayah",
            "ibu",
            "wali",
            "ortu",
            "bapak",
            "orangtua",
            "suami",
            "istri",
            "isteri",
            "pasangan",
        ),
        *("kepala", "penanggung", "pelapor", "guru", "saksi", "petugas", "operator", "pendamping"),
        *("orang", "walimurid", "father", "mother", "guardian", "pengampu", "kuasa"),
    ),
    other="guardian",
    rest="name",
    checks=(FormulasHaveResults, NiksKeptTheirDigits, DaysInOneOrder),
    gone=frozenset("meninggal wafat almarhum almarhumah alm almh mati pindah ganda dobel".split()),
)


def _with_family(kind: Kind) -> Kind:
    return replace(kind, used=True) if kind.name == "family_card" else kind


#: Lists of residents and of voters, of which the family card is read too.
OF_FAMILIES = replace(PEOPLE, kinds=tuple(_with_family(kind) for kind in PEOPLE.kinds))
#: Lists of voters are compared, not taken over: a day with the month first is found all the same.
VOTERS = replace(OF_FAMILIES, checks=(FormulasHaveResults, NiksKeptTheirDigits))
