// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.Lio.Saving;

namespace TcmuRunner.Lio;

/// <content>Saved configurations, in the format of targetcli's <c>saveconfig.json</c>.</content>
public sealed partial class Root
{
    private static readonly string[] s_saveFiles = ["/etc/target/saveconfig.json", "/etc/rtslib-fb-target/saveconfig.json"];

    /// <summary>The file from which this system restores LIO at start: where there is one, or could be.</summary>
    public static string DefaultSaveFile =>
        s_saveFiles.FirstOrDefault(File.Exists) ?? s_saveFiles.FirstOrDefault(file => Directory.Exists(global::System.IO.Path.GetDirectoryName(file))) ?? s_saveFiles[0];

    /// <summary>Reads a saved configuration, which may have comments.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>, or <see cref="LioErrorKind.SavedFile"/>: it is not JSON.</exception>
    public static JsonObject ReadSaved(string path) => SavedFile.Read(path);

    /// <summary>Writes the whole configuration to a file that only root may read, as it holds secrets. A crash leaves the old or the new one.</summary>
    /// <param name="path">The file; null for <see cref="DefaultSaveFile"/>.</param>
    public void Save(string? path = null) => SavedFile.Write(path ?? DefaultSaveFile, Dump());

    /// <summary>
    /// Writes one storage object, and the targets that export it, into a file that has others, whose entries stay as they are; what has
    /// been deleted is taken out.
    /// </summary>
    /// <param name="plugin">The kind of the storage object.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">The file, which need not exist; null for <see cref="DefaultSaveFile"/>.</param>
    public void SaveStorageObject(string plugin, string name, string? path = null)
    {
        path ??= DefaultSaveFile;
        string key = $"/backstores/{StoragePlugin.Named(plugin).Name}/{name}";
        JsonObject saved = File.Exists(path) ? SavedFile.Read(path) : [];
        JsonObject current = Dump();
        Merge(saved, current, "storage_objects", item => $"/backstores/{item["plugin"]}/{item["name"]}" == key, item => $"{item["plugin"]}/{item["name"]}");
        Merge(saved, current, "targets", target => Exports(target, key), item => $"{item["fabric"]}/{item["wwn"]}");
        SavedFile.Write(path, saved);
    }

    /// <summary>Restores a saved configuration.</summary>
    /// <param name="path">The file; null for <see cref="DefaultSaveFile"/>.</param>
    /// <param name="options">What to do with what is there, and whether only one object is meant; null for the defaults.</param>
    /// <inheritdoc cref="Restore(JsonObject, RestoreOptions?)"/>
    public IReadOnlyList<string> Restore(string? path = null, RestoreOptions? options = null) => Restore(ReadSaved(path ?? DefaultSaveFile), options);

    /// <summary>Restores a configuration. The file is checked first: one that cannot be understood changes nothing.</summary>
    /// <param name="configuration">As <see cref="Dump"/> gives it.</param>
    /// <param name="options">What to do with what is there, and whether only one object is meant; null for the defaults.</param>
    /// <returns>What could not be restored, a sentence each; none when all was.</returns>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.SavedFile"/>: it cannot be understood; <see cref="LioErrorKind.AlreadyExists"/>: it would overwrite, and may not.
    /// </exception>
    public IReadOnlyList<string> Restore(JsonObject configuration, RestoreOptions? options = null)
    {
        options ??= new RestoreOptions();
        JsonObject desired = Select(configuration, options);
        var plan = new ConfigurationPlan(this, PlanBuilder.Build(this, [], desired));
        if (options.ClearExisting)
        {
            ClearSelected(options);
        }
        else if (FirstConflict(desired) is { } conflict)
        {
            throw new LioException(LioErrorKind.AlreadyExists, $"{conflict} exists already; nothing is restored. Allow that it is deleted first, or apply instead.");
        }

        return plan.Apply();
    }

    /// <summary>The steps from what is to a configuration that shall be: what is missing is made, what is not in it is deleted.</summary>
    /// <param name="desired">As <see cref="Dump"/> gives it, with both lists, <c>storage_objects</c> and <c>targets</c>.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.SavedFile"/>: it cannot be understood, or lacks a list.</exception>
    public ConfigurationPlan Plan(JsonObject desired)
    {
        foreach (string list in new[] { "storage_objects", "targets" })
        {
            if (desired[list] is not JsonArray)
            {
                throw new LioException(LioErrorKind.SavedFile, $"The configuration has no list '{list}'. Write an empty one if everything shall go.");
            }
        }

        return new ConfigurationPlan(this, PlanBuilder.Build(this, Dump(), desired));
    }

    private static bool Exports(JsonObject target, string key) =>
        (target["tpgs"] as JsonArray ?? []).OfType<JsonObject>()
            .SelectMany(tpg => (tpg["luns"] as JsonArray ?? []).OfType<JsonObject>())
            .Any(lun => lun["storage_object"]?.ToString() == key);

    // Takes the items that are meant out of `saved` and puts in those of `current`, at the place of the old where there was one.
    private static void Merge(JsonObject saved, JsonObject current, string list, Func<JsonObject, bool> isMeant, Func<JsonObject, string> keyOf)
    {
        if (saved[list] is not JsonArray items)
        {
            saved[list] = items = [];
        }

        List<JsonObject> wanted = [.. ((JsonArray)current[list]!).OfType<JsonObject>().Where(isMeant)];
        var keys = wanted.Select(keyOf).ToHashSet();
        int place = items.Count;
        for (int index = items.Count - 1; index >= 0; index--)
        {
            if (items[index] is JsonObject item && (isMeant(item) || keys.Contains(keyOf(item))))
            {
                items.RemoveAt(index);
                place = index;
            }
        }

        foreach (JsonObject item in wanted)
        {
            items.Insert(Math.Min(place++, items.Count), item.DeepClone());
        }
    }

    private static JsonObject Select(JsonObject configuration, RestoreOptions options)
    {
        if (options.Target is null && options.StorageObject is null)
        {
            return configuration;
        }

        var selected = new JsonObject
        {
            ["storage_objects"] = Pick(configuration, "storage_objects", "name", options.StorageObject),
            ["targets"] = Pick(configuration, "targets", "wwn", options.Target),
        };
        return ((JsonArray)selected["storage_objects"]!).Count + ((JsonArray)selected["targets"]!).Count > 0
            ? selected
            : throw new LioException(LioErrorKind.NotFound, $"The saved configuration has no '{options.Target ?? options.StorageObject}'.");
    }

    private static JsonArray Pick(JsonObject configuration, string list, string key, string? name) => name is null
        ? []
        : [.. (configuration[list] as JsonArray ?? []).OfType<JsonObject>().Where(item => item[key]?.ToString() == name).Select(item => item.DeepClone())];

    private void ClearSelected(RestoreOptions options)
    {
        if (options.Target is null && options.StorageObject is null)
        {
            Clear();
            return;
        }

        foreach (Target target in Targets.Where(target => target.Wwn == options.Target))
        {
            target.Delete();
        }

        foreach (StorageObject storage in StorageObjects.Where(storage => storage.Name == options.StorageObject))
        {
            storage.Delete();
        }
    }

    private string? FirstConflict(JsonObject desired)
    {
        var storage = StorageObjects.Select(item => item.SavedPath).ToHashSet();
        var targets = Targets.Select(item => item.Wwn).ToHashSet();
        return (desired["storage_objects"] as JsonArray ?? []).OfType<JsonObject>().Select(item => $"/backstores/{item["plugin"]}/{item["name"]}").FirstOrDefault(storage.Contains) ??
            (desired["targets"] as JsonArray ?? []).OfType<JsonObject>().Select(item => item["wwn"]?.ToString() ?? "").FirstOrDefault(targets.Contains);
    }
}
