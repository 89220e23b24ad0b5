// Changes one property of an element in a diagram, so that it can be deployed again.

const ZEEBE = 'http://camunda.org/schema/zeebe/1.0';

/** Where a property is written: in which attribute of which of the element's extensions. */
interface Place {
  holder: Element;
  attribute: string;
}

/** Returns what a property says in the diagram; null where it is not written there. */
export function writtenValue(xml: string, elementId: string, name: string): string | null {
  const found = parsed(xml);
  const place = found && placeOf(found, elementId, name);
  return place ? place.holder.getAttribute(place.attribute) : null;
}

/** Returns the diagram with another value of a property. */
export function corrected(xml: string, elementId: string, name: string, value: string): string {
  const found = parsed(xml);
  const place = found && placeOf(found, elementId, name);
  if (!found || !place) {
    throw new Error(`The property ${name} was not found at ${elementId} in the diagram. Change it in Camunda Modeler.`);
  }
  place.holder.setAttribute(place.attribute, value);
  const text = new XMLSerializer().serializeToString(found);
  return text.replace(/^<\?xml[^>]*\?>\s*/, '').replace(/^/, '<?xml version="1.0" encoding="UTF-8"?>\n');
}

function parsed(xml: string): Document | null {
  const found = new DOMParser().parseFromString(xml, 'text/xml');
  return found.getElementsByTagName('parsererror').length > 0 ? null : found;
}

function placeOf(document: Document, elementId: string, name: string): Place | null {
  const element = [ ...document.getElementsByTagName('*') ].find((each) => each.getAttribute('id') === elementId);
  if (!element) {
    return null;
  }
  const own = [ ...element.children ].filter(({ localName }) => localName === 'extensionElements');
  const inside = own.flatMap((each) => [ ...each.getElementsByTagNameNS(ZEEBE, '*') ]);
  const named = (kind: string, key: string, attribute: string): Place[] =>
    inside.filter((each) => each.localName === kind && each.getAttribute(key) === name).map((holder) => ({ holder, attribute }));
  return [
    ...named('property', 'name', 'value'),
    ...named('input', 'target', 'source'),
    ...named('header', 'key', 'value'),
    ...ofSubscription(document, element, name)
  ][0] ?? null;
}

/** The correlation key of the process is written at the message that the element refers to. */
function ofSubscription(document: Document, element: Element, name: string): Place[] {
  if (name !== 'correlationKey') {
    return [];
  }
  const messageId = [ element, ...element.children ].map((each) => each.getAttribute('messageRef')).find((each) => each !== null);
  const message = [ ...document.getElementsByTagName('*') ].find(
    (each) => each.localName === 'message' && each.getAttribute('id') === messageId
  );
  return [ ...(message?.getElementsByTagNameNS(ZEEBE, 'subscription') ?? []) ].map((holder) => ({ holder, attribute: 'correlationKey' }));
}
