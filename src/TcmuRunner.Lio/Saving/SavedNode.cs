// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio.Saving;

/// <summary>An object of a saved configuration, which people edit, with its place in the file for messages.</summary>
internal readonly record struct SavedNode(JsonObject Json, string Place)
{
    /// <summary>A value as text; numbers and truth values as configfs has them; null when absent or null.</summary>
    internal string? Text(string key) => Json[key] is { } value ? ToText(value, key) : null;

    internal string RequiredText(string key) => Text(key) ?? throw Problem($"'{key}' is missing");

    internal long? Number(string key) =>
        Text(key) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : throw Problem($"'{key}' is {text}, not a number");

    internal int RequiredNumber(string key) =>
        Number(key) is not { } number ? throw Problem($"'{key}' is missing")
        : number is >= int.MinValue and <= int.MaxValue ? (int)number
        : throw Problem($"'{key}' is {number}, which is out of range");

    internal bool? Flag(string key) => Text(key)?.ToLowerInvariant() switch
    {
        null => null,
        "1" or "true" or "yes" => true,
        "0" or "false" or "no" or "" => false,
        string other => throw Problem($"'{key}' is {other}, neither true nor false"),
    };

    internal IEnumerable<SavedNode> List(string key)
    {
        if (Json[key] is not { } value)
        {
            yield break;
        }

        if (value is not JsonArray array)
        {
            throw Problem($"'{key}' is not a list");
        }

        for (int index = 0; index < array.Count; index++)
        {
            string place = $"{(Place.Length == 0 ? "" : Place + ".")}{key}[{index.ToString(CultureInfo.InvariantCulture)}]";
            yield return array[index] is JsonObject item ? new SavedNode(item, place) : throw new LioException(LioErrorKind.SavedFile, $"{place} is not an object.");
        }
    }

    /// <summary>Names and values, as of <c>attributes</c>.</summary>
    internal IReadOnlyList<(string Name, string Value)> Settings(string key)
    {
        if (Json[key] is not { } value)
        {
            return [];
        }

        if (value is not JsonObject settings)
        {
            throw Problem($"'{key}' is not an object");
        }

        SavedNode self = this;
        return [.. settings.Where(setting => setting.Value is not null).Select(setting => (setting.Key, self.ToText(setting.Value!, $"{key}.{setting.Key}")))];
    }

    internal LioException Problem(string what) => new(LioErrorKind.SavedFile, $"{(Place.Length == 0 ? "The configuration" : Place)}: {what}.");

    private string ToText(JsonNode value, string key) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Number => value.ToJsonString(),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        _ => throw Problem($"'{key}' is neither text nor a number"),
    };
}
