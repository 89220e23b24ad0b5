import { Linter } from '@camunda/linting';
import { CloudElementTemplatesLinterPlugin } from 'bpmn-js-element-templates';

window.lint = async function(xml, templates) {
  const linter = new Linter({
    modeler: 'desktop',
    type: 'cloud',
    plugins: [ CloudElementTemplatesLinterPlugin(templates) ]
  });
  const reports = await linter.lint(xml);
  return reports.map(({ id, rule, category, message }) => ({ id, rule, category, message }));
};
