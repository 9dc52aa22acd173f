// What the console uses of htm.
declare const htm: {
  bind(h: (type: unknown, properties: unknown, ...children: unknown[]) => unknown): (strings: TemplateStringsArray, ...values: unknown[]) => unknown;
};
export default htm;
