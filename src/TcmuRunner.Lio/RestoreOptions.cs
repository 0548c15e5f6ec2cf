// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>How <see cref="Root.Restore(System.Text.Json.Nodes.JsonObject, RestoreOptions)"/> treats what is there.</summary>
public sealed class RestoreOptions
{
    /// <summary>True (the default): what is there is deleted first. False: nothing that the file names may be there.</summary>
    public bool ClearExisting { get; init; } = true;

    /// <summary>The name of the one target to restore; null (the default) for all.</summary>
    public string? Target { get; init; }

    /// <summary>The name of the one storage object to restore; null (the default) for all.</summary>
    public string? StorageObject { get; init; }
}
