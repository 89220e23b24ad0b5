// Applies templates to a diagram, as Modeler does.
// Reads {"diagram": XML, "steps": [{"template": {...}, "element": ID}]} and prints the new XML.
import { given } from './given.mjs';
import { applyTemplate } from 'element-templates-cli';

const { diagram, steps } = await given();
let xml = diagram;

for (const { template, element } of steps) {
  xml = await applyTemplate(xml, JSON.stringify(template), element);
}
process.stdout.write(xml);
