// A button that does something on the server: it is busy until the answer is there, and shows what went wrong.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from '../api/client';
import { notify } from '../live/announcing';

export interface ActionProps {
  run: () => Promise<string | void>;
  children: ComponentChildren;
  class?: string;
  label?: string;
  confirm?: string;
}

/** `run` may return a sentence, which is shown when it has been done; `confirm` is asked first. */
export function Action({ run, children, class: kind = '', label, confirm }: ActionProps) {
  const [ isBusy, setBusy ] = useState(false);
  const [ isAsking, setAsking ] = useState(false);
  async function act() {
    setAsking(false);
    setBusy(true);
    try {
      const told = await run();
      if (told) {
        notify(told, 'good');
      }
    } catch (error) {
      notify(messageOf(error), 'bad');
    } finally {
      setBusy(false);
    }
  }
  if (isAsking) {
    return (
      <span class="confirm" role="group" aria-label={confirm} onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}>
        <span>{confirm}</span>
        <button type="button" class="small danger" ref={(button) => button?.focus()} onClick={() => void act()}>Yes</button>
        <button type="button" class="small" onClick={() => setAsking(false)}>No</button>
      </span>
    );
  }
  return (
    <button
      type="button"
      class={kind}
      aria-label={label}
      aria-disabled={isBusy}
      onClick={() => !isBusy && (confirm ? setAsking(true) : void act())}
    >
      {isBusy ? 'Working …' : children}
    </button>
  );
}
