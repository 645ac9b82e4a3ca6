// A day through types that openapi-typescript made of our document: what does not fit does not compile.

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"

import createClient from "openapi-fetch"

import type { components, paths } from "./schema.js"

type Schemas = components["schemas"]
type Told = {
  url: string
  tokens: Record<"operator" | "kepala" | "provinsi-13", string>
  plan: {
    event: Schemas["EventBody"]
    starts_at: string
    ends_at: string
    occurred_at: string
    people: [Schemas["ResidentBody"], Schemas["ResidentBody"]]
    record: string
    key: string
    today: string
  }
}
type CloseBody = NonNullable<
  paths["/api/v1/events/{event_id}/close/"]["post"]["requestBody"]
>["content"]["application/json"]

const { url, tokens, plan }: Told = JSON.parse(readFileSync(0, "utf8"))
const as = (token: string) =>
  createClient<paths>({ baseUrl: url, headers: { Authorization: `Token ${token}` } })
const [clerk, head, province] = [tokens.operator, tokens.kepala, tokens["provinsi-13"]].map(as) as [
  ReturnType<typeof as>,
  ReturnType<typeof as>,
  ReturnType<typeof as>,
]

/** The answer, which had this status. */
function got<T>(
  answer: { data?: T; error?: unknown; response: Response },
  status: number,
): NonNullable<T> {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error))
  assert.ok(answer.data)
  return answer.data
}

/** The problem, which had this status. */
function refused(
  answer: { error?: Schemas["Problem"]; response: Response },
  status: number,
): Schemas["Problem"] {
  assert.equal(answer.response.status, status)
  assert.equal(answer.error?.status, status)
  return answer.error
}

const event = got(await clerk.POST("/api/v1/events/", { body: plan.event }), 201)
assert.equal(event.neutrality_signed_at, null)
const signature = {
  params: { path: { event_id: event.id } },
  body: { neutrality_signed: true, version: event.version },
}
refused(await clerk.POST("/api/v1/events/{event_id}/approve/", signature), 403)
got(await head.POST("/api/v1/events/{event_id}/approve/", signature), 200)

const session = got(
  await clerk.POST("/api/v1/sessions/", {
    body: {
      event: event.id,
      starts_at: plan.starts_at,
      ends_at: plan.ends_at,
      capacity: { recording: 1 },
    },
  }),
  201,
)
const header = { "Idempotency-Key": plan.key }
const register = { params: { header }, body: plan.people[0] }
const first = got(await clerk.POST("/api/v1/residents/", register), 201)
const again = await clerk.POST("/api/v1/residents/", register)
assert.deepEqual(got(again, 201), first)
assert.equal(again.response.headers.get("Idempotent-Replayed"), "true")
const second = got(await clerk.POST("/api/v1/residents/", { body: plan.people[1] }), 201)
const held = refused(await clerk.POST("/api/v1/residents/", { body: plan.people[0] }), 409)
assert.equal(held.resident, first.id)

const visit = got(
  await clerk.POST("/api/v1/appointments/", {
    body: { session: session.id, resident: first.id, services: ["recording"] },
  }),
  201,
)
const full = refused(
  await clerk.POST("/api/v1/appointments/", {
    body: { session: session.id, resident: second.id, services: ["recording"] },
  }),
  409,
)
assert.equal(full.type, "/problems/session-full")
const query = { session: session.id }
const listed = got(await clerk.GET("/api/v1/appointments/", { params: { query } }), 200)
assert.equal(listed.results[0]?.places["recording"], 1)
const visited = { params: { path: { appointment_id: visit.id } } }
got(await clerk.POST("/api/v1/appointments/{appointment_id}/check-in/", visited), 200)

const record: Schemas["RecordBody"] = {
  id: plan.record,
  service: "recording",
  outcome: "done",
  ticket: visit.ticket,
  occurred_at: plan.occurred_at,
}
const logged = got(await clerk.POST("/api/v1/service-records/", { body: record }), 201)
got(await clerk.POST("/api/v1/service-records/", { body: record }), 200)
got(
  await clerk.POST("/api/v1/service-records/{record_id}/void/", {
    params: { path: { record_id: logged.id } },
    body: { reason: "uji klien" },
  }),
  201,
)

const asked = { params: { query: { region: "13.75", level: "regency" as const } } }
const coverage = got(await province.GET("/api/v1/coverage/", asked), 200)
assert.ok(typeof coverage !== "string")
assert.equal(coverage.results[0]?.region, "13.75")
const day = { date: plan.today, region: "13.75" }
const built = got(await province.POST("/api/v1/daily-reports/", { body: day }), 202)
assert.match(built.status, /^\/api\/v1\/daily-reports\/status\//)
const wrong = refused(
  await province.GET("/api/v1/dataValueSets/", {
    params: { query: { orgUnit: "13", period: "20241" } },
  }),
  422,
)
assert.equal(wrong.errors?.[0]?.pointer, "/period")

const path = { event_id: event.id }
const close = (body: object) =>
  head.POST("/api/v1/events/{event_id}/close/", {
    params: { path },
    body: body as unknown as CloseBody,
  })
const closing = await close({})
if (closing.response.status === 409) {
  got(await close({ confirm: refused(closing, 409).confirm }), 200)
} else {
  got(closing, 200)
}
console.log(`a day of ${event.title}`)
