// Validates element templates: node validate.mjs FILE... prints a JSON object of problems by file.
import { readFileSync } from 'node:fs';
import { validateZeebe } from '@bpmn-io/element-templates-validator';

const problems = {};

for (const file of process.argv.slice(2)) {
  const { errors, warnings } = validateZeebe(JSON.parse(readFileSync(file, 'utf8')));
  const found = [...(errors ?? []), ...(warnings ?? [])];
  problems[file] = found.map(({ instancePath, message }) => `${instancePath} ${message}`);
}
console.log(JSON.stringify(problems));
