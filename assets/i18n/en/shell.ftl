view-data = Data
view-profiles = Profiles
view-transitions = Transitions
view-similarity = Similarity
view-training = Training
view-recommendations = Recommendations
view-evaluation = Evaluation

action-palette = Search or run a command
action-open-folder = Open a project or folder
action-import-files = Import files
action-open-sample = Open the sample shop
action-close-project = Close the project
action-cancel-training = Stop the training
action-reset-zoom = Actual size
action-toggle-theme = Switch between light and dark
action-toggle-language = Switch between English and Chinese
action-dismiss = Dismiss
action-retry = Try again
action-cancel = Cancel
language-en = English
language-zh = 中文
files-data = Data files

shop-simulated = Simulated
shop-simulated-hint = This shop was made by a simulator. Accuracy on it says nothing about a real shop.

palette-open = Search or run a command
palette-hint = Type the name of a view, an action, a product or a shopper
palette-shopper = Shopper
palette-product = Product

status-ready = Ready
status-counts = { $events } events · { $users } shoppers · { $items } products
status-revision = data { $revision }
status-show-training = Show
status-device = Models run on { $device }
status-device-unknown = …looking for devices
status-device-none = no device
status-software-rendering = software rendering
device-auto = Automatic
device-gpu = GPU
device-cpu = CPU
device-software-gpu = Software GPU
device-software = software

drop-files = Drop files to look into them, or a folder to open it

notice-file-saved = The file was saved
notice-file-failed = The file could not be saved
notice-encoder-exported = The encoder was exported, for transformers and sentence-transformers
notice-model-downloaded = The language model is there
notice-download-failed = The language model could not be downloaded
notice-no-dialog = No file dialog could be opened
notice-no-dialog-hint = This desktop offers none. Install xdg-desktop-portal or zenity; or drop files on the window, or open them from the command line.
action-undo = Undo
notice-run-deleted = The run was deleted
device-cpu-threads = CPU, { $threads } threads
