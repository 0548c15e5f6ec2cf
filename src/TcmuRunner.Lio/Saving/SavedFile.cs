// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio.Saving;

/// <summary>Reads and writes <c>saveconfig.json</c>, which holds secrets: only its owner may read it.</summary>
internal static class SavedFile
{
    private static readonly JsonSerializerOptions s_indented =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static JsonObject Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LioException(
                exception is FileNotFoundException or DirectoryNotFoundException ? LioErrorKind.NotFound : LioErrorKind.SavedFile,
                $"{path} cannot be read: {exception.Message}",
                exception)
            { Path = path };
        }
    }

    internal static JsonObject Parse(string text, string place)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false }) as JsonObject ??
                throw new LioException(LioErrorKind.SavedFile, $"{place} holds no JSON object.") { Path = place };
        }
        catch (JsonException exception)
        {
            throw new LioException(LioErrorKind.SavedFile, $"{place} is not JSON: {exception.Message}", exception) { Path = place };
        }
    }

    /// <summary>Puts a new file in the old one's place at once: a crash leaves one or the other whole.</summary>
    internal static void Write(string path, JsonObject configuration)
    {
        string temporary = path + ".new";
        try
        {
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(Sorted(configuration).ToJsonString(s_indented) + "\n"));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LioException(LioErrorKind.SavedFile, $"{path} cannot be written: {exception.Message}", exception) { Path = path };
        }
    }

    // By name, as LIO's tools write it, so that two files compare line by line.
    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value is null ? null : (JsonNode?)Sorted(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Sorted(item))]),
        _ => node.DeepClone(),
    };
}
