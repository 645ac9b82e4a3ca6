-- What `DayCount` says, in a form that Django cannot: a table by months.
CREATE TABLE reports_daycount (
    day_id bigint NOT NULL,
    service_date date NOT NULL,
    place_id varchar(13) COLLATE "C" NOT NULL,
    domicile_id varchar(13) COLLATE "C" NOT NULL,
    service varchar(20) NOT NULL,
    category varchar(6) NOT NULL,
    outcome varchar(6) NOT NULL,
    reason varchar(30) NOT NULL,
    n integer NOT NULL,
    last_at timestamp with time zone NOT NULL
) PARTITION BY RANGE (service_date);
ALTER TABLE reports_daycount
    ADD CONSTRAINT daycount_cell PRIMARY KEY
        (service_date, day_id, place_id, domicile_id, service, category, outcome, reason),
    ADD CONSTRAINT daycount_day FOREIGN KEY (day_id) REFERENCES reports_regencyday,
    ADD CONSTRAINT daycount_place_is_region FOREIGN KEY (place_id) REFERENCES regions_region,
    ADD CONSTRAINT daycount_domicile_is_region FOREIGN KEY (domicile_id) REFERENCES regions_region;
CREATE INDEX daycount_service_date ON reports_daycount (service, service_date);
CREATE INDEX daycount_domicile ON reports_daycount (domicile_id, service_date);
CREATE INDEX daycount_place ON reports_daycount (place_id, service_date);
CREATE TABLE daycounts.other PARTITION OF reports_daycount DEFAULT;
SELECT daycount_months('2024-01-01', (now() + interval '12 months')::date);
