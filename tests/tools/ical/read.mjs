// Reads calendar files as a calendar program with ical.js does.
// In: {"from": seconds, "until": seconds, "files": [text, …]} on stdin. Out: for each file its meetings, [begins, ends] in
// seconds of Unix time, in order; what was called off is not among them.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

function read(text, from, until) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const events = calendar.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one));
  const found = [];
  const add = (item, begins, ends) => {
    const span = [begins.toUnixTime(), ends.toUnixTime()];
    if (item.component.getFirstPropertyValue("status") !== "CANCELLED" && span[0] >= from && span[0] < until) {
      found.push(span);
    }
  };
  for (const event of events.filter((one) => !one.isRecurrenceException())) {
    if (!event.isRecurring()) {
      add(event, event.startDate, event.endDate);
      continue;
    }
    for (const other of events.filter((one) => one.isRecurrenceException() && one.uid === event.uid)) {
      event.relateException(other);
    }
    const days = event.iterator();
    // A meeting may have been moved by more than a day in either direction.
    for (let day = days.next(); day && day.toUnixTime() < until + 90 * 86400; day = days.next()) {
      const one = event.getOccurrenceDetails(day);
      add(one.item, one.startDate, one.endDate);
    }
  }
  ICAL.TimezoneService.reset();
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.files.map((text) => read(text, asked.from, asked.until))));
