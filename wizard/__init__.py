"""glm-wizard: put GLM-5.2 into service on Ascend NPU servers with SGLang.

The packages are the stages, in the order an operator meets them:

    model      the values that pass between stages (frozen, no behaviour beyond derived properties)
    knowledge  facts as data: SGLang releases, features, models, images, each with its source
    detect     hosts and their NPUs: text -> values
    check      selection -> findings, with fixes
    plan       selection + hosts -> LaunchFlow
    export     LaunchFlow -> files
    launch     LaunchFlow -> processes
    monitor    log files -> what is going on
    verify     does it answer?

Nothing here imports ``screens`` or textual; ``wizard.cli`` opens the full screen inside one function.
"""

__version__ = "0.1.0"
