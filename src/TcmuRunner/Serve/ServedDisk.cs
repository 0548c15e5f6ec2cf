// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Serve;

/// <summary>A disk that the command line asks for.</summary>
/// <param name="Configuration">The configuration string.</param>
/// <param name="SizeBytes">Its size; null: the backing store's own.</param>
/// <param name="BlockSizeBytes">Its logical block size.</param>
/// <param name="IsRemovable">Whether its medium can be taken out.</param>
internal sealed record ServedDisk(string Configuration, long? SizeBytes, int BlockSizeBytes, bool IsRemovable = false);
