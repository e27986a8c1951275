-- Views over the raw files, written from looking at the files: the checks share no code with the generator.
-- Lines that DuckDB cannot read (the planted broken ones) are skipped; everything else is text until cast here.
create macro csv(path, sep) as table
  select * from read_csv(path, delim = sep, header = true, all_varchar = true, ignore_errors = true,
                         null_padding = false, filename = true);

create macro nps(score) as 100 * (avg((score >= 9)::int) - avg((score <= 6)::int));

create view pairs as select * from csv('DATA/../truths_duplicate_customers.csv', ',');

create table calls as
select 'berlin' as site, call_id as id, strptime(started_at, '%Y-%m-%d %H:%M:%S') as moment, team, queue, agent,
       customer_id as customer, tier, wait_s::int as wait, talk_s::int as talk, hold_s::int as hold,
       wrap_s::int as wrap, outcome = 'abandoned' as abandoned, transferred = 'yes' as transferred,
       solved = 'yes' as solved, filename
from csv('DATA/telephony/berlin/calls_*.csv', ',') where solved in ('yes', 'no')
union all
select 'london', CallId, strptime(StartTime, '%d/%m/%Y %H:%M:%S'), TeamCode, Skill, AgentId, CustomerRef,
       CustomerTier, WaitSecs::int, TalkSecs::int, HoldSecs::int, WrapSecs::int, Result = 'ABN', Xfer = 'Y',
       Resolved = 'Y', filename
from csv('DATA/telephony/london/calls_*.csv', ',')
union all
select 'newyork', id, strptime("start", '%m/%d/%Y %H:%M:%S'), split, vector, agent, customer, tier,
       queue_seconds::int, talk_seconds::int, hold_seconds::int, wrap_seconds::int, disposition = '2',
       transferred = '1', fixed = '1', filename
from csv('DATA/telephony/newyork/calls_*.csv', ';') where fixed in ('0', '1');

create table chats as
select session as id, substring(started, 1, 19)::timestamp as moment, "group"::text as team, visitor.customer as customer,
       topic, agent, wait, seconds, handed_over as transferred, resolved as solved
from read_json('DATA/chat/sessions_*.jsonl', format = 'newline_delimited', ignore_errors = true,
  columns = {session: 'text', started: 'text', seconds: 'int', wait: 'int', "group": 'int', agent: 'text',
             visitor: 'struct(customer text, lang text, tier text)', topic: 'text', product: 'text',
             handed_over: 'boolean', resolved: 'boolean'})
where session is not null;

create table tickets as
select id, created_at::timestamp as moment, channel, "group" as team, queue, assignee as agent, requester.id as customer,
       subject, sla_minutes, first_reply_at::timestamp as replied, solved_at::timestamp as solved_at, reopens,
       one_touch as solved
from read_json('DATA/helpdesk/tickets_*.jsonl.gz', format = 'newline_delimited',
  columns = {id: 'text', created_at: 'text', channel: 'text', "group": 'text', queue: 'text', assignee: 'text',
             requester: 'struct(id text, language text, tier text)', subject: 'text', sla_minutes: 'int',
             first_reply_at: 'text', solved_at: 'text', reopens: 'int', one_touch: 'boolean'});

create table kontakte as
select Vorgang as id, strptime(Beginn, '%d.%m.%Y %H:%M') as moment, Art as art, Team as team, Betreff as topic,
       Ergebnis as result, filename
from read_csv('DATA/aldermann/kontakte_*.csv', delim = ';', header = true, all_varchar = true, encoding = 'latin-1',
              filename = true);

create table umfragen as
select Nr as id, strptime(Datum, '%d.%m.%Y %H:%M') as moment, Frage as question, Wert::int as score
from read_csv('DATA/aldermann/umfragen_*.csv', delim = ';', header = true, all_varchar = true, encoding = 'latin-1');

create table topics as
select unnest(['invoices', 'pricing', 'contracts', 'network', 'vault_restore', 'setup', 'shipping', 'accounts']) as queue,
       unnest(['billing', 'price', 'contract', 'connection', 'sync', 'setup', 'delivery', 'account']) as topic;

-- one row per contact of the group without Aldermann: wall-clock time (tickets: UTC), team's names, outcome
create table contacts as
select c.id, c.moment, c.moment::date as day, u.name as team, u.region, u.bu, 'phone' as channel, t.topic, c.agent, c.customer,
       c.abandoned, c.solved
from calls c join units u on u.code = c.team join topics t using (queue)
union all
select c.id, c.moment, c.moment::date, u.name, u.region, u.bu, 'chat', c.topic, c.agent, c.customer, false, c.solved
from chats c join units u on u.code = c.team
union all
select k.id, k.moment, k.moment::date, u.name, u.region, u.bu, k.channel, t.topic, k.agent, k.customer, false, k.solved
from tickets k join units u on u.code = k.team join topics t using (queue);

create table answers as
select response_id as id, invitation_id as invitation, contact_id as contact, customer_id as customer, instrument,
       score::int as score, replace(invited_at, 'Z', '')::timestamp as invited,
       replace(answered_at, 'Z', '')::timestamp as moment, seconds_taken::int as seconds, u.name as unit, u.region, u.bu,
       channel, language, tier, address_block, verbatim, filename
from read_csv('DATA/surveys/responses_????-??.csv', header = true, all_varchar = true, ignore_errors = true,
              quote = '"', escape = '"', filename = true) r
join units u on u.code = r.unit;

create table invitations as
select invitation_id as id, contact_id as contact, instrument, replace(invited_at, 'Z', '')::timestamp as moment, status,
       u.bu
from read_csv('DATA/surveys/invitations_*.csv.gz', header = true, all_varchar = true) i join units u on u.code = i.unit;

create table invoices as
select i.customer_id as customer, segment, product, plan, currency, issued_on::date as day, amount::double as amount,
       amount_eur::double as amount_eur, mrr_start_eur::double as before, mrr_end_eur::double as after,
       final_bill = 'Y' as final, u.region, u.bu
from csv('DATA/billing/invoices_*.csv.gz', ',') i join units u on u.code = i.region where i.final_bill in ('Y', 'N');

create view contracts as
select "month"::date as month, u.region, u.bu, segment, product, accounts::int as accounts, contracted_eur::double as eur
from csv('DATA/crm/contracted_revenue.csv', ',') c join units u on u.code = c.region;

create view customers as
select c.*, u.bu, signed_up_on::date as since from csv('DATA/crm/customers.csv', ',') c join units u on u.code = c.region;

create view tier_changes as select * from csv('DATA/crm/tier_changes.csv', ',');
create view subscriptions as
select s.*, u.bu from csv('DATA/billing/subscriptions.csv', ',') s join units u on u.code = s.region;

create view kunden as
select * from read_csv('DATA/aldermann/kunden.csv', delim = ';', header = true, all_varchar = true, encoding = 'latin-1');

create view usage as select * from read_parquet('DATA/product/usage_*.parquet');
create view onboarding as
select customer_id as customer, flow, replace(started_at, 'Z', '')::timestamp as started,
       replace(first_value_at, 'Z', '')::timestamp as valued, replace(completed_at, 'Z', '')::timestamp as completed
from csv('DATA/product/onboarding_*.csv', ',');
create view exposures as select * from csv('DATA/marketing/exposures_*.csv', ',');
create view visits as
select t.*, replace(t."at", 'Z', '')::timestamp as moment, u.bu
from csv('DATA/marketing/touchpoints_*.csv', ',') t join units u on u.code = t.region;
create view mystery as
select replace(visited_at, 'Z', '')::timestamp as moment from csv('DATA/marketing/mystery_shopping.csv', ',');
create view consents as
select c.*, replace(c."at", 'Z', '')::timestamp as moment, u.bu
from csv('DATA/consent/consent_*.csv', ',') c join units u on u.code = c.region;
create view shifts as
select s.agent_id as agent, s.day::date as day, s.status, u.name as team, u.region, u.bu
from csv('DATA/workforce/shifts_*.csv', ',') s join units u on u.code = s.team;
create view reviews as
select contact_id as contact, reviewer, score::int as score from csv('DATA/workforce/quality_reviews_*.csv', ',');
