-- The tables of a run's journal in H2, as pekko-persistence-jdbc names them.
create table if not exists "event_journal" (
  "ordering" bigint unique not null auto_increment,
  "deleted" boolean default false not null,
  "persistence_id" varchar(255) not null,
  "sequence_number" bigint not null,
  "writer" varchar not null,
  "write_timestamp" bigint not null,
  "adapter_manifest" varchar not null,
  "event_payload" blob not null,
  "event_ser_id" integer not null,
  "event_ser_manifest" varchar not null,
  "meta_payload" blob,
  "meta_ser_id" integer,
  "meta_ser_manifest" varchar,
  primary key ("persistence_id", "sequence_number")
);
create table if not exists "event_tag" (
  "event_id" bigint not null,
  "tag" varchar not null,
  primary key ("event_id", "tag"),
  constraint fk_event_journal foreign key ("event_id") references "event_journal" ("ordering") on delete cascade
);
create table if not exists "snapshot" (
  "persistence_id" varchar(255) not null,
  "sequence_number" bigint not null,
  "created" bigint not null,
  "snapshot_ser_id" integer not null,
  "snapshot_ser_manifest" varchar not null,
  "snapshot_payload" blob not null,
  "meta_ser_id" integer,
  "meta_ser_manifest" varchar,
  "meta_payload" blob,
  primary key ("persistence_id", "sequence_number")
);
