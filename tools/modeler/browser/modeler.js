// A small Camunda Modeler: canvas and properties panel, driven from outside by window.modeler*.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import BpmnViewer from 'bpmn-js/lib/Viewer';
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  ZeebePropertiesProviderModule
} from 'bpmn-js-properties-panel';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import ElementTemplatesIconsRenderer from '@bpmn-io/element-template-icon-renderer';
import zeebeModdle from 'zeebe-bpmn-moddle/resources/zeebe.json';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';

window.openModeler = async function(xml, templates) {
  document.body.innerHTML = '<div id="canvas"></div><div id="panel"></div>';
  const modeler = new BpmnModeler({
    container: '#canvas',
    propertiesPanel: { parent: '#panel' },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      ZeebePropertiesProviderModule,
      CloudElementTemplatesPropertiesProviderModule,
      ElementTemplatesIconsRenderer,
      ZeebeBehaviors
    ],
    moddleExtensions: { zeebe: zeebeModdle }
  });
  const problems = [];
  modeler.on('elementTemplates.errors', ({ errors }) => problems.push(...errors.map(({ message }) => message)));
  modeler.get('elementTemplatesLoader').setTemplates(templates);
  const { warnings } = await modeler.importXML(xml);
  problems.push(...warnings.map(({ message }) => message));
  window.modeler = modeler;
  return problems;
};

window.applyTemplate = function(id, templateId, presetId) {
  const templates = window.modeler.get('elementTemplates');
  const template = templates.getAll().find((each) => each.id === templateId);
  const element = window.modeler.get('elementRegistry').get(id);
  const changed = templates.applyTemplate(element, template, { presetId });
  window.modeler.get('selection').select(changed);
  window.modeler.get('canvas').zoom('fit-viewport');
};

window.currentXML = async function() {
  return (await window.modeler.saveXML({ format: true })).xml;
};

window.picture = async function(xml) {
  document.body.innerHTML = '<div id="canvas"></div>';
  const viewer = new BpmnViewer({
    container: '#canvas',
    additionalModules: [ ElementTemplatesIconsRenderer ],
    moddleExtensions: { zeebe: zeebeModdle }
  });
  await viewer.importXML(xml);
  return (await viewer.saveSVG()).svg;
};
