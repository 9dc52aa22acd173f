// What the soak runs in the page, after crowd.js: hours of a duty room, a second at a time and faster than time.
async ({ tracks, life_s }) => {
  const { Kept } = await import("/static/console/kept.js");
  const app = skykeep, crowd = new Crowd({ tracks, life_s }), { tell, seen } = lead(app, crowd), kept = new Kept();
  kept.take({ event: "snapshot", data: JSON.stringify(crowd.snapshot()) });
  app.reading.explain = async () => app.explained.set(app.ui.selected, { rows: [], ladder: [], what: "x".repeat(2000) });
  const PICTURE_EACH = 20; // the worker is waited for so often
  let second = 0;

  /** What a person does now and then: looks at a flight, goes elsewhere, turns the light on. */
  const act = () => {
    if (second % 60 === 10) app.select(crowd.flights[second % crowd.flights.length].id);
    if (second % 60 === 40) app.select(null);
    if (second % 300 === 100) app.map.centre(-56.165 + 0.01 * Math.sin(second), -34.89, 11 + (second % 3));
    if (second % 1800 === 900) {
      document.cookie = `skykeep_theme=${document.documentElement.classList.contains("light") ? "dark" : "light"}; Path=/`;
      app.themed();
    }
  };

  globalThis.soak = {
    run: async (seconds) => {
      for (let n = 0; n < seconds; n++) {
        const frame = crowd.frame(1000);
        crowd.case(frame, ++second);
        const text = JSON.stringify(frame);
        kept.take({ event: "frame", data: text });
        act();
        if (second % PICTURE_EACH === 0) {
          await seen(text);
          continue;
        }
        tell(text);
        app.paint(); // the page is busier than it ever is: it is not asked to wait for the screen
      }
    },
    holds: () => ({
      tracks: app.sky.tracks.size, about: app.sky.about.size, alarms: app.sky.alarms.size, incidents: app.sky.incidents.size, presences: app.sky.presences.size,
      explained: app.explained.size, announced: app.announced.size, texts: app.painter.texts.made.size, nodes: document.getElementsByTagName("*").length,
      kept_tracks: kept.tracks.size, kept_alarms: kept.tables.get("alarms").size, kept_incidents: kept.tables.get("incidents").size, pictures: app.painter.easel.shown,
    }),
    drawn: () => app.painter.drawn.length,
    state: () => app.freshness.state(),
    flights: () => crowd.next - 100,
  };
}
