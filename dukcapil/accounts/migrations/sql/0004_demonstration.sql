-- The demonstration's own accounts, and only in a database that holds all of its first ones.
UPDATE accounts_user SET demonstration = true
 WHERE username IN ('operator', 'kepala', 'operator-agam', 'kepala-agam', 'provinsi-13', 'provinsi-18',
                    'nasional', 'verifikator', 'admin', 'admin-kedua', 'kepala-provinsi',
                    'klien-publik', 'klien-api')
   AND name LIKE '% (contoh)'
   AND 10 <= (SELECT count(*) FROM accounts_user
               WHERE name LIKE '% (contoh)'
                 AND username IN ('operator', 'kepala', 'operator-agam', 'kepala-agam', 'provinsi-13',
                                  'provinsi-18', 'nasional', 'verifikator', 'admin', 'klien-api'));
