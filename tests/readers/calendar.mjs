// Reads a calendar from its input as ical.js understands it; writes JSON.
import ICAL from "ical.js";

let text = "";
for await (const part of process.stdin) text += part;
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
}
const shown = (time) => time.isDate ? time.toString() : time.toJSDate().toISOString().replace(".000Z", "Z");
const read = {};
for (const one of calendar.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(one);
  read[event.uid] = [
    shown(event.startDate), shown(event.endDate), one.getFirstPropertyValue("status"), event.sequence, event.location,
  ];
}
process.stdout.write(JSON.stringify(read));
