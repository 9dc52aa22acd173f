// What the console uses of Preact.
export type Node = unknown;
export function h(type: unknown, properties: unknown, ...children: unknown[]): Node;
export function render(node: Node, into: Element): void;
export class Component<P = Record<string, unknown>, S = Record<string, unknown>> {
  props: P;
  state: S;
  base: Element | null;
  setState(state: Partial<S>): void;
  forceUpdate(): void;
}
