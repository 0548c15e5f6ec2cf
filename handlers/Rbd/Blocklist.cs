// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>The cluster's list of clients that it shuts out.</summary>
internal static class Blocklist
{
    /// <summary>
    /// Takes addresses of a connection that no longer exists off the list, which would otherwise keep them for an hour. Blocks. A user with the
    /// usual capabilities ('profile rbd') may not do that: then they stay, and harm nobody.
    /// </summary>
    public static void Remove(RbdImage image, IReadOnlyList<string> addresses, string device, ILogger logger)
    {
        if (!image.TryEnter())
        {
            return;
        }

        try
        {
            foreach (string address in addresses)
            {
                RadosConnection connection = image.Lease.Connection;
                JsonEncodedText quoted = JsonEncodedText.Encode(address);

                // Before Pacific the command had another name.
                int result = connection.Command($$"""{"prefix":"osd blocklist","blocklistop":"rm","addr":"{{quoted}}"}""", out _);
                result = result == -NativeErrno.EINVAL ? connection.Command($$"""{"prefix":"osd blacklist","blacklistop":"rm","addr":"{{quoted}}"}""", out _) : result;
                if (result < 0)
                {
                    Log.StaysListed(logger, device, address, -result);
                }
            }
        }
        finally
        {
            image.Exit();
        }
    }
}
