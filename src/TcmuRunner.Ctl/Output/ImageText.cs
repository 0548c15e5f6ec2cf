// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TcmuRunner.Ctl.Output;

/// <summary>Images in words. What an image says of itself is untrusted: nothing of it reaches the terminal as a control character.</summary>
internal static class ImageText
{
    /// <summary>Writes what an image is.</summary>
    internal static void Describe(Terminal terminal, JsonObject image, bool isServed)
    {
        long clusterBytes = (long)image["clusterBytes"]!;
        terminal.Line($"{Text(image["path"])}: {Text(image["format"])}, a disk of {ByteSize.Format((long)image["sizeBytes"]!)}"
            + $"{(clusterBytes > 0 ? $" in clusters of {ByteSize.Format(clusterBytes)}" : "")}{(isServed ? "; it is being served" : "")}");
        if (image["backingFile"] is { } backing)
        {
            terminal.Line($"  backing file  {Text(backing)}");
        }

        if (image["features"] is JsonArray { Count: > 0 } features)
        {
            terminal.Line($"  features      {string.Join(", ", features.Select(Text))}");
        }

        string state = (bool)image["corrupt"]! ? "damaged: nothing is written to it until it is repaired ('tcmuctl image repair')"
            : (bool)image["dirty"]! ? isServed ? "open" : "was not closed: the next who writes it builds its reference counts anew"
            : "";
        if (state.Length > 0)
        {
            terminal.Line($"  state         {state}");
        }

        if (((JsonArray)image["snapshots"]!).Count > 0)
        {
            Snapshots(terminal, image);
        }
    }

    /// <summary>Writes the snapshots of an image.</summary>
    internal static void Snapshots(Terminal terminal, JsonObject image)
    {
        var snapshots = (JsonArray)image["snapshots"]!;
        if (snapshots.Count == 0)
        {
            terminal.Line($"{Text(image["path"])} has no snapshots.");
            return;
        }

        Table table = Tables.Create(">id", "snapshot", "made at", ">size");
        foreach (JsonNode? snapshot in snapshots)
        {
            table.AddRow(
                new Text(Text(snapshot!["id"])),
                new Text(Text(snapshot["name"])),
                new Text(Text(snapshot["time"])),
                new Text(ByteSize.Format((long)snapshot["sizeBytes"]!)));
        }

        terminal.Rich.Write(table);
    }

    /// <summary>Writes what a check found.</summary>
    internal static void Report(Terminal terminal, string path, JsonObject check)
    {
        foreach (JsonNode? problem in (JsonArray)check["problems"]!)
        {
            terminal.Line($"  {Text(problem)}");
        }

        (long corruptions, long leaks) = ((long)check["corruptions"]!, (long)check["leaks"]!);
        terminal.Line(corruptions + leaks == 0
            ? $"{path} is whole."
            : $"{path} has {Count(corruptions, "contradiction")} and {Count(leaks, "leaked cluster")}. "
                + (corruptions > 0 ? "'tcmuctl image repair' corrects what can be." : "Leaks cost space only; 'tcmuctl image repair' gives it back."));
        long allocated = (long)check["allocatedClusters"]!;
        long total = (long)check["totalClusters"]!;
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{allocated} of {total} clusters hold data ({100.0 * allocated / Math.Max(1, total):F1} %), {(long)check["compressedClusters"]!} of them compressed; the last one ends at {ByteSize.Format((long)check["endOffset"]!)}."));
    }

    private static string Count(long number, string what) => $"{(number == 0 ? "no" : number.ToString(CultureInfo.InvariantCulture))} {what}{(number == 1 ? "" : "s")}";

    private static string Text(JsonNode? node) => string.Concat(((string?)node ?? "").Select(letter => char.IsControl(letter) ? '\ufffd' : letter));
}
