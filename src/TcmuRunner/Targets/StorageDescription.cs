// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Targets;

/// <summary>A storage object of the <c>user</c> plugin.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Configuration">The configuration string.</param>
/// <param name="SizeBytes">Its size; null: the backing store's own.</param>
/// <param name="BlockSizeBytes">The attribute <c>block_size</c>; 512 where there is none.</param>
/// <param name="SerialNumber">Its <c>wwn</c>: the unit serial number.</param>
/// <param name="WriteCache">The attribute <c>emulate_write_cache</c>; null: as the handler likes.</param>
/// <param name="IsRemovable">Whether its medium can be taken out.</param>
internal sealed record StorageDescription(
    string Name, string Configuration, long? SizeBytes, int BlockSizeBytes, string? SerialNumber, bool? WriteCache, bool IsRemovable = false);
