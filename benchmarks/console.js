// What benchmarks/console.py runs in the page, after tests/console/crowd.js: a crowd, an update when it is asked for, or all the time.
async ({ tracks, tail }) => {
  const app = skykeep, crowd = new Crowd({ tracks }), { tell, seen } = lead(app, crowd), { panels } = app;
  for (let s = 0; s < tail; s++) tell(JSON.stringify(crowd.frame(1000)));
  app.map.centre(-56.165, -34.89, 12);
  await new Promise((done) => setTimeout(done, 1500));
  const answers = { click: [], pan: [] };
  let going = 0;

  /** After the next picture of the screen. */
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  }));
  document.addEventListener("click", async (event) => {
    await painted();
    while (!document.querySelector("h2.name")) await painted();
    answers.click.push(performance.now() - event.timeStamp);
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (event.buttons) app.map.map.once("move", async () => {
      await painted();
      answers.pan.push(performance.now() - event.timeStamp);
    });
  }, true);

  globalThis.bench = {
    answers,
    flights: () => app.painter.drawn.length,
    /** One update of all flights, with or without what comes twice a second beside the map. */
    prepare: () => {
      bench.text = JSON.stringify(crowd.frame(1000));
      app.panels = () => {};
    },
    update: () => seen(bench.text),
    nothing: painted,
    panels: () => panels.call(app),
    /** As a station speaks: ten frames a second, each flight in one of them. */
    go: () => {
      app.panels = panels;
      let part = 0;
      going = setInterval(() => tell(JSON.stringify(crowd.frame(100, part++ % 10, 10))), 100);
    },
    stop: () => clearInterval(going),
    /** Where a flight can be clicked that no other covers. */
    place: (n) => {
      const inside = app.painter.drawn.filter(({ x, y }) => x > 60 && y > 60 && x < 700 && y < 600), { x, y } = inside[n % inside.length];
      const box = document.getElementById("map").getBoundingClientRect();
      return [box.left + x, box.top + y];
    },
    back: () => app.select(null),
  };
  return app.painter.drawn.length;
}
