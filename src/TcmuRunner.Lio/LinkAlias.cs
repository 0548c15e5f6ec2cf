// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>The symbolic link by which a LUN names its storage object, and a mapped LUN its LUN. Its name has no meaning.</summary>
internal static class LinkAlias
{
    private const int GeneratedLength = 10;

    internal static string CheckOrGenerate(string? alias)
    {
        alias = alias?.Trim();
        return string.IsNullOrEmpty(alias) ? RandomNumberGenerator.GetHexString(GeneratedLength, lowercase: true)
            : alias is "." or ".." || alias.Contains('/', StringComparison.Ordinal) || alias.Any(char.IsControl)
                ? throw new LioException(LioErrorKind.Invalid, $"'{alias}' cannot be an alias: it is a file name.")
                : alias;
    }

    internal static string? Find(IConfigFs files, string path) => files.List(path).FirstOrDefault(name => files.ReadLink($"{path}/{name}") is not null);

    internal static void RemoveAll(IConfigFs files, string path)
    {
        foreach (string name in files.List(path).Where(name => files.ReadLink($"{path}/{name}") is not null))
        {
            files.Unlink($"{path}/{name}");
        }
    }
}
