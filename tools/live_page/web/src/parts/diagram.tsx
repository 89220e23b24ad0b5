// A BPMN diagram with badges and tokens. It is for looking at: every action on it is in a list beside it too.
import { useEffect, useRef, useState } from 'preact/hooks';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import ElementTemplatesIconsRenderer from '@bpmn-io/element-template-icon-renderer';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { messageOf } from '../api/client';
import type { Tone } from './badge';

export interface Mark {
  elementId: string;
  text: string;
  tone: Tone;
  title: string;
}

export interface DiagramProps {
  xml: string;
  label: string;
  badges: readonly Mark[];
  tokens: readonly { elementId: string; count: number }[];
  incidents: readonly string[];
  passed: readonly string[];
  selected: string | null;
  onSelect: (elementId: string) => void;
}

interface Canvas {
  viewbox(): { x: number; y: number; scale: number };
  resized(): void;
  zoom(level: 'fit-viewport' | number, center?: 'auto'): number;
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
}
interface Overlays {
  add(id: string, type: string, overlay: { position: object; html: HTMLElement; scale: object }): string;
  remove(filter: { type: string }): void;
}
interface Registry {
  get(id: string): { id: string; labelTarget?: { id: string } } | undefined;
}

const LARGEST_ZOOM = 1.25;
const READABLE = { scale: { min: 0.8 } }; // a badge on a small diagram stays readable

export function Diagram(props: DiagramProps) {
  const box = useRef<HTMLDivElement>(null);
  const viewer = useRef<NavigatedViewer | null>(null);
  const [ shown, setShown ] = useState<string | null>(null);
  const [ problem, setProblem ] = useState<string | null>(null);
  const fitted = useRef<string | null>(null); // where it was fitted to; a person may have moved it since
  const onSelect = useRef(props.onSelect);
  onSelect.current = props.onSelect;

  useEffect(() => {
    const made = makeViewer(box.current!, (id) => onSelect.current(id));
    const picture = box.current!.querySelector('svg');
    picture?.setAttribute('role', 'img'); // it takes the focus, and arrow keys move it
    picture?.setAttribute('aria-label', props.label);
    viewer.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const seen = new ResizeObserver(() => {
      if (viewer.current && fitted.current !== null && box.current?.clientWidth) {
        const isWhereItWas = fitted.current === place(viewer.current);
        viewer.current.get<Canvas>('canvas').resized();
        if (isWhereItWas) {
          fitted.current = fit(viewer.current);
        }
      }
    });
    seen.observe(box.current!);
    return () => seen.disconnect();
  }, []);

  useEffect(() => {
    let isCurrent = true;
    fitted.current = null;
    setShown(null);
    viewer.current?.importXML(props.xml).then(
      () => {
        if (isCurrent) {
          setProblem(null);
          setShown(props.xml);
          fitted.current = fit(viewer.current!);
        }
      },
      (error: unknown) => isCurrent && setProblem(`The diagram cannot be drawn: ${messageOf(error)}`)
    );
    return () => { isCurrent = false; };
  }, [ props.xml ]);

  useEffect(() => {
    if (shown && viewer.current) {
      drawMarks(viewer.current, props);
    }
  }, [ shown, JSON.stringify([ props.badges, props.tokens, props.incidents, props.passed, props.selected ]) ]);

  return (
    <div class="diagram">
      <div class="canvas" ref={box} />
      {problem && <p class="problem" role="alert">{problem}</p>}
      <div class="diagram-tools" role="group" aria-label="Size of the diagram">
        <button type="button" aria-label="Smaller" onClick={() => step(viewer.current, 1 / 1.2)}>−</button>
        <button type="button" aria-label="Fit" onClick={() => { fitted.current = viewer.current && fit(viewer.current); }}>Fit</button>
        <button type="button" aria-label="Larger" onClick={() => step(viewer.current, 1.2)}>+</button>
      </div>
    </div>
  );
}

function makeViewer(container: HTMLElement, onSelect: (id: string) => void): NavigatedViewer {
  const made = new NavigatedViewer({
    container,
    additionalModules: [ ElementTemplatesIconsRenderer ],
    moddleExtensions: { zeebe },
    bpmnRenderer: {
      defaultFillColor: 'var(--shape)',
      defaultStrokeColor: 'var(--stroke)',
      defaultLabelColor: 'var(--text)'
    }
  });
  made.on('element.click', (event: { element: { id: string; labelTarget?: { id: string } } }) => {
    onSelect(event.element.labelTarget?.id ?? event.element.id);
  });
  return made;
}

/** Fits the diagram into its box and returns its place there. */
function fit(viewer: NavigatedViewer): string {
  const canvas = viewer.get<Canvas>('canvas');
  if (canvas.zoom('fit-viewport', 'auto') > LARGEST_ZOOM) {
    canvas.zoom(LARGEST_ZOOM, 'auto');
  }
  return place(viewer);
}

function place(viewer: NavigatedViewer): string {
  const { x, y, scale } = viewer.get<Canvas>('canvas').viewbox();
  return [ x, y, scale ].join(' ');
}

function step(viewer: NavigatedViewer | null, factor: number): void {
  const canvas = viewer?.get<Canvas & { zoom(): number }>('canvas');
  if (canvas) {
    canvas.zoom(canvas.zoom() * factor, 'auto');
  }
}

const MARKERS = [ 'is-selected', 'is-passed', 'is-active', 'has-incident' ];
const marked = new WeakMap<NavigatedViewer, [string, string][]>();

function drawMarks(viewer: NavigatedViewer, props: DiagramProps): void {
  const canvas = viewer.get<Canvas>('canvas');
  const overlays = viewer.get<Overlays>('overlays');
  const registry = viewer.get<Registry>('elementRegistry');
  for (const [ id, marker ] of marked.get(viewer) ?? []) {
    if (registry.get(id)) {
      canvas.removeMarker(id, marker);
    }
  }
  const wanted: [string, string][] = [
    ...(props.selected ? [ [ props.selected, MARKERS[0]! ] as [string, string] ] : []),
    ...props.passed.map((id): [string, string] => [ id, MARKERS[1]! ]),
    ...props.tokens.map(({ elementId }): [string, string] => [ elementId, MARKERS[2]! ]),
    ...props.incidents.map((id): [string, string] => [ id, MARKERS[3]! ])
  ].filter(([ id ]) => registry.get(id)) as [string, string][];
  wanted.forEach(([ id, marker ]) => canvas.addMarker(id, marker));
  marked.set(viewer, wanted);
  overlays.remove({ type: 'state' });
  overlays.remove({ type: 'token' });
  for (const { elementId, text, tone, title } of props.badges.filter((each) => registry.get(each.elementId))) {
    const html = chip(`diagram-badge ${tone}`, text, title);
    html.addEventListener('click', () => props.onSelect(elementId));
    overlays.add(elementId, 'state', { position: { top: 0, left: 0 }, html, ...READABLE });
  }
  for (const { elementId, count } of props.tokens.filter((each) => registry.get(each.elementId))) {
    const bad = props.incidents.includes(elementId);
    const html = chip(`token${bad ? ' bad' : ''}`, String(count), `${count} here`);
    overlays.add(elementId, 'token', { position: { top: 0, left: 0 }, html, ...READABLE });
  }
}

function chip(kind: string, text: string, title: string): HTMLElement {
  const made = document.createElement('div');
  made.className = kind;
  made.title = title;
  made.textContent = text;
  return made;
}
