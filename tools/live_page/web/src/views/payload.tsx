// The payload of an event as a tree, and a box that evaluates an expression on it.
import { useId, useRef, useState } from 'preact/hooks';
import { messageOf, post } from '../api/client';
import type { FeelAnswer, Json } from '../api/types';
import { feelPath } from '../feel_path';
import { JsonTree } from '../parts/json_tree';
import { CopyButton } from '../parts/copy';
import { Said } from '../parts/said';

export function Payload({ value, mayEvaluate }: { value: Json; mayEvaluate: boolean }) {
  const [ expression, setExpression ] = useState('');
  const [ picked, setPicked ] = useState<string | null>(null);
  const [ answer, setAnswer ] = useState<FeelAnswer | null>(null);
  const [ problem, setProblem ] = useState<string | null>(null);
  const count = useRef(0);

  async function evaluate(text: string) {
    count.current += 1;
    const mine = count.current;
    try {
      const told = await post<FeelAnswer>('feel', { expression: text, context: value ?? {} });
      if (mine === count.current) {
        setAnswer(told);
        setProblem(null);
      }
    } catch (error) {
      setAnswer(null);
      setProblem(messageOf(error));
    }
  }

  if (value === null) {
    return <p class="quiet">The payload of this event is not kept.</p>;
  }
  return (
    <section aria-labelledby="payload-title">
      <h3 id="payload-title">Payload</h3>
      <p class="hint">Click a field, or press Enter on it, for its FEEL path. Conditions, keys and result expressions of an element see these names.</p>
      <JsonTree
        value={value}
        label="Payload"
        openTo={2}
        onPick={(keys) => {
          const path = feelPath(keys);
          setPicked(path);
          setExpression(`= ${path}`);
          if (mayEvaluate) {
            void evaluate(`= ${path}`);
          }
        }}
      />
      {picked !== null && <p class="picked row" role="status"><span>FEEL path</span><code>{picked}</code><CopyButton text={picked} label="the FEEL path" /></p>}
      {mayEvaluate && <FeelBox text={expression} onText={setExpression} onEvaluate={() => void evaluate(expression)} answer={answer} problem={problem} />}
    </section>
  );
}

interface FeelBoxProps {
  text: string;
  onText: (text: string) => void;
  onEvaluate: () => void;
  answer: FeelAnswer | null;
  problem: string | null;
}

function FeelBox({ text, onText, onEvaluate, answer, problem }: FeelBoxProps) {
  const id = useId();
  return (
    <form class="feel-box" onSubmit={(event) => { event.preventDefault(); onEvaluate(); }}>
      <label for={id}>FEEL expression on this payload</label>
      <textarea
        id={id}
        class="code"
        rows={3}
        spellcheck={false}
        placeholder={'= connectorData.status = "SUCCEEDED"'}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            onEvaluate();
          }
        }}
      />
      <div class="row between"><span class="hint">Enter evaluates, Shift+Enter makes a new line.</span><button type="submit" class="primary">Evaluate</button></div>
      <div class="answer" role="status">
        {problem && <p class="problem">{problem}</p>}
        {answer && <Answer answer={answer} />}
      </div>
    </form>
  );
}

function Answer({ answer }: { answer: FeelAnswer }) {
  if (answer.error) {
    const { message, line, column, excerpt } = answer.error;
    return (
      <div class="callout bad">
        <p>{message}</p>
        <Said text={excerpt.includes('^') ? excerpt : `${excerpt}\n${' '.repeat(Math.max(0, column - 1))}^`} />
        <p class="quiet">line {line}, column {column}</p>
      </div>
    );
  }
  return (
    <div class={`callout ${answer.failures.length > 0 ? 'wait' : 'good'}`}>
      <p class="row between"><span class="quiet">value</span><span class="quiet">{answer.type}</span></p>
      <pre class="code">{answer.text}</pre>
      {answer.failures.map((failure) => <p key={failure} class="said">{failure}</p>)}
    </div>
  );
}
